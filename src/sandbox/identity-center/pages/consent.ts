import type { OidcClient, Person } from '../state.ts'
import type { Browser } from './browser.ts'
import { type Html, html } from './html.ts'

export interface Consent {
  readonly browser: Browser
  readonly person: Person
  readonly client: OidcClient
  /** Where the form goes. */
  readonly action: string
  readonly hidden?: Readonly<Record<string, string>>
  /** Shown above the question. */
  readonly note?: Html
}

/** The question whether a program may act for a person, with a yes and a no. */
export const consentForm = ({ browser, person, client, action, hidden = {}, note }: Consent): Html => html`
${note}
<p>May the program <strong>${client.name}</strong> use the accounts and roles of <strong>${person.userName}</strong>${
  client.scopes.length > 0 ? html` (${client.scopes.join(', ')})` : undefined
}?</p>
<form method="post" action="${action}">
<input type="hidden" name="form_token" value="${browser.formToken}">
${Object.entries(hidden).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
<button name="decision" value="allow">Allow</button>
<button name="decision" value="deny">Deny</button>
</form>`
