import type { Same } from "../catalogue"
import type { auth as source } from "../en/auth"

export const auth: Same<typeof source> = {
  "auth.claim": "Jeder Beitrag geht raus. Pünktlich. Einmal.",
  "auth.claim_text":
    "Planen Sie im Team, für alle Ihre Netzwerke, mit einem Nachweis für jede Zustellung. Auf Ihrem eigenen Server.",
  "auth.point_time": "Planung nach Ortszeit, die jede Zeitumstellung übersteht",
  "auth.point_once": "Genau einmal, mit einem Protokoll jeder Zustellung",
  "auth.point_own": "Ihre Daten bleiben auf Ihrem Server",
  "auth.email": "E-Mail-Adresse",
  "auth.password": "Passwort",
  "auth.new_password": "Neues Passwort",
  "auth.password_hint": "Mindestens 10 Zeichen. Gut sind ein paar Wörter ohne Zusammenhang.",
  "auth.name": "Ihr Name",
  "auth.workspace_name": "Name des Arbeitsbereichs",
  "auth.workspace_hint": "Meist Ihr Team oder Ihre Firma. Lässt sich später ändern.",
  "auth.time_zone": "Zeitzone",
  "auth.time_zone_hint": "In dieser Zone werden Termine gelesen.",

  "sign_in.title": "Anmelden",
  "sign_in.text": "Willkommen zurück.",
  "sign_in.submit": "Anmelden",
  "sign_in.no_account": "Neu hier?",
  "sign_in.to_sign_up": "Konto anlegen",

  "sign_up.title": "Konto anlegen",
  "sign_up.text": "Eine Minute, und Ihr erster Beitrag kann losgehen.",
  "sign_up.submit": "Konto anlegen",
  "sign_up.have_account": "Haben Sie schon ein Konto?",
  "sign_up.to_sign_in": "Anmelden",
  "sign_up.closed": "Der Betreiber dieses Servers lässt keine neuen Konten zu. Bitten Sie um eine Einladung.",
  "sign_up.exists": "Zu dieser E-Mail-Adresse gibt es schon ein Konto. Melden Sie sich an.",

  "relogin.title": "Bitte noch einmal anmelden",
  "relogin.text":
    "Ihre Sitzung ist zu Ende. Diese Seite und was Sie geschrieben haben, bleiben, wie sie sind.",
  "relogin.other": "Als jemand anderes anmelden",

  "invite.title": "Sie sind eingeladen",
  "invite.text": "Jemand lädt Sie in einen Arbeitsbereich ein. Nehmen Sie an, um ihm als {name} beizutreten.",
  "invite.accept": "Beitreten",
  "invite.missing": "Dieser Link ist unvollständig. Lassen Sie ihn sich noch einmal schicken.",
  "invite.gone": "Diese Einladung wurde benutzt, zurückgezogen oder ist abgelaufen. Bitten Sie um eine neue.",
  "invite.joined": "Willkommen bei {workspace}",

  "welcome.title": "Willkommen, {name}",
  "welcome.text":
    "Zwei Schritte, und Sie sehen Troupe bei der Arbeit. Die Sandbox ist ein Netzwerk in diesem Server: nichts verlässt ihn.",
  "welcome.step_connect": "Die Sandbox verbinden",
  "welcome.step_connect_text": "Sie verhält sich wie ein echtes Netzwerk: alles ausprobieren, ohne Publikum.",
  "welcome.handle": "Name dort",
  "welcome.handle_hint": "Irgendeiner; man sieht ihn nur hier.",
  "welcome.connect": "Sandbox verbinden",
  "welcome.connected": "Verbunden als {handle}",
  "welcome.step_post": "Den ersten Beitrag schreiben",
  "welcome.step_post_text": "Er geht sofort hinaus, und Sie sehen dabei zu.",
  "welcome.post": "Text",
  "welcome.post_example": "Hallo Welt! Unser erster Beitrag mit Troupe.",
  "welcome.publish": "Jetzt veröffentlichen",
  "welcome.sent": "Unterwegs",
  "welcome.sent_text": "Unten sehen Sie, wie er veröffentlicht wird.",
  "welcome.published": "Veröffentlicht. Mehr ist nicht dabei.",
  "welcome.skip": "Erst einmal überspringen",
  "welcome.done": "Zur Übersicht",
  "welcome.viewer": "Ihre Rolle lässt Sie sich umsehen. Konten verbindet die Verwaltung.",
}
