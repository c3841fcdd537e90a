import type { Same } from "../catalogue"
import type { dashboard as source } from "../en/dashboard"

export const dashboard: Same<typeof source> = {
  "dashboard.title": "Übersicht",
  "dashboard.text": "Was hinausgeht, was draußen ist, und was Sie braucht.",
  "dashboard.scheduled": "Geplant",
  "dashboard.published_24h": "Veröffentlicht in 24 Stunden",
  "dashboard.attention": "Brauchen jemanden",
  "dashboard.lateness": "Verspätung, 99 von 100",
  "dashboard.lateness_text": "Die Hälfte binnen {p50}, höchstens {max}, in 7 Tagen",
  "dashboard.lateness_none": "Keine Zustellung in 7 Tagen",
  "dashboard.next": "Geht als Nächstes hinaus",
  "dashboard.next_empty": "Nichts geplant",
  "dashboard.next_empty_text": "Geplante Beiträge stehen hier in der Reihenfolge, in der sie hinausgehen.",
  "dashboard.person": "Braucht jemanden",
  "dashboard.person_empty": "Alles in Ordnung",
  "dashboard.person_empty_text":
    "Hier erscheinen Beiträge, die scheitern oder eine Entscheidung brauchen, und Konten, die neu zu verbinden sind.",
  "dashboard.went": "Ist draußen",
  "dashboard.went_empty": "In den letzten 24 Stunden ging nichts hinaus",
  "dashboard.went_empty_text": "Veröffentlichte Beiträge erscheinen hier, sobald sie draußen sind.",
  "dashboard.accounts": "Konten",
  "dashboard.accounts_empty": "Noch keine Konten",
  "dashboard.accounts_empty_text": "Verbinden Sie die Sandbox, um Troupe ohne Publikum auszuprobieren.",
  "dashboard.start": "Die ersten Schritte",
  "dashboard.no_text": "Beitrag ohne Text",
  "dashboard.account_work":
    "{scheduled, number} warten, {published, number} in 24 Stunden hinaus{failed, plural, =0 {} one {, # missglückt} other {, # missglückt}}",
  "dashboard.open_at_network": "Auf {network} öffnen",
}
