import type { Same } from "../catalogue"
import type { shell as source } from "../en/shell"

export const shell: Same<typeof source> = {
  "shell.skip": "Zum Inhalt springen",
  "shell.nav": "Hauptmenü",
  "shell.menu": "Menü",
  "shell.dashboard": "Übersicht",
  "shell.compose": "Schreiben",
  "shell.calendar": "Kalender",
  "shell.posts": "Beiträge",
  "shell.accounts": "Konten",
  "shell.operations": "Betrieb",
  "shell.settings": "Einstellungen",
  "shell.switch_workspace": "Arbeitsbereich: {name}. Wechseln",
  "shell.workspaces": "Arbeitsbereiche",
  "shell.new_workspace": "Neuer Arbeitsbereich",
  "shell.user_menu": "Konto: {name}",
  "shell.sign_out": "Abmelden",
  "shell.theme": "Darstellung",
  "shell.theme_light": "Hell",
  "shell.theme_dark": "Dunkel",
  "shell.theme_system": "Wie das System",
  "shell.language": "Sprache",
  "shell.offline":
    "Sie sind offline. Was Sie schreiben, bleibt hier; sichern geht wieder, sobald die Verbindung zurück ist.",
  "shell.live_open": "Live",
  "shell.live_open_text": "Änderungen erscheinen von selbst.",
  "shell.live_waiting": "Verbindet neu",
  "shell.live_waiting_text": "Die Live-Anzeige ist unterbrochen; sie holt von selbst auf.",
  "shell.live_connecting": "Verbindet",
  "shell.live_connecting_text": "Die Live-Anzeige wird geöffnet.",

  "not_found.title": "Seite nicht gefunden",
  "not_found.text": "Die Adresse ist vielleicht alt oder vertippt.",
  "not_found.home": "Zur Übersicht",
  "crash.title": "Diese Seite ist stehengeblieben",
  "crash.text":
    "Der Rest von Troupe läuft weiter. Versuchen Sie es noch einmal; hilft das nicht, sagen Sie es dem Betreiber.",
  "crash.reload": "Seite neu laden",
  "crash.new_version": "Eine neue Version von Troupe ist installiert. Bitte die Seite neu laden.",

  "new_workspace.title": "Neuer Arbeitsbereich",
  "new_workspace.text": "Eigene Konten, Beiträge und Personen, getrennt von Ihren anderen Arbeitsbereichen.",
  "new_workspace.submit": "Arbeitsbereich anlegen",

  "live.delivery.published": "Ein Beitrag wurde veröffentlicht.",
  "live.delivery.failed": "Ein Beitrag konnte nicht veröffentlicht werden.",
  "live.delivery.needs_review": "Ein Beitrag braucht Ihre Entscheidung.",
  "live.account.reconnect_required": "Ein Konto muss neu verbunden werden.",
}
