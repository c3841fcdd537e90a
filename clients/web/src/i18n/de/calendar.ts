import type { Same } from "../catalogue"
import type { calendar as source } from "../en/calendar"

export const calendar: Same<typeof source> = {
  "calendar.title": "Kalender",
  "calendar.text": "Zeiten gelten im Arbeitsbereich: {zone}.",
  "calendar.view": "Ansicht",
  "calendar.month": "Monat",
  "calendar.week": "Woche",
  "calendar.day": "Tag",
  "calendar.list": "Liste",
  "calendar.today": "Heute",
  "calendar.previous": "Früher",
  "calendar.next": "Später",
  "calendar.range": "{from} – {to}",
  "calendar.empty": "Hier ist nichts geplant",
  "calendar.empty_text":
    "Sehen Sie zu einer anderen Zeit nach, leeren Sie die Filter oder schreiben Sie etwas.",
  "calendar.more": "{count, plural, one {# weiterer} other {# weitere}}",
  "calendar.more_of": "{count, plural, one {# weiterer Beitrag} other {# weitere Beiträge}}: {day} zeigen",
  "calendar.open_day": "{day} zeigen",
  "calendar.posts_of_day": "{count, plural, =0 {keine Beiträge} one {# Beitrag} other {# Beiträge}}",
  "calendar.entry": "{time}, {text}. {state}. {networks}",
  "calendar.moved": "Verschoben auf {when}",
  "calendar.move_back": "Rückgängig",
  "calendar.moved_back": "Wieder am {when}",
  "calendar.not_movable": "Dieser Beitrag ist hinaus oder abgesagt; er bleibt, wo er ist.",
  "calendar.past": "Diese Zeit ist vorbei.",
  "calendar.move": "Verschieben",
  "calendar.hint":
    "Ziehen Sie einen Beitrag auf eine andere Zeit, oder drücken Sie M auf ihm. Pfeiltasten gehen von Beitrag zu Beitrag; Alt und eine Pfeiltaste verschieben ihn um einen Tag, oder um eine Stunde, wo Stunden zu sehen sind.",
  "calendar.hour_never": "gibt es nicht: die Uhren werden vorgestellt",
  "calendar.hour_twice": "gibt es zweimal: die Uhren werden zurückgestellt",
  "calendar.short_never": "entfällt",
  "calendar.short_twice": "zweimal",
  "calendar.too_many":
    "Nur die ersten {count, number} Beiträge sind zu sehen. Wählen Sie eine kürzere Zeit oder einen Filter.",
  "calendar.hours": "Beiträge nach Stunden",
}
