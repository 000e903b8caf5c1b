import { randomBytes, randomUUID } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import type { Host } from '../host/host.ts'
import { awaitCallback } from '../host/loopback-callback.ts'
import { Failure } from '../model/failure.ts'
import type { SamlLogin } from '../model/source-spec.ts'
import { readSamlResponse, type SamlResponse } from './saml-response.ts'

const patience = 10 * 60_000
const path = '/saml'

/**
 * A response of the identity provider: printed by a command, brought to this machine by the browser, or pasted by the
 * person into a page of this machine. Throws a `Failure`: `login-needed` when nothing usable came.
 */
export async function signInBySaml(login: SamlLogin, host: Host): Promise<SamlResponse> {
  if ('process' in login) return readSamlResponse(await host.run(login.process).catch(failPrinting))
  return login.callbackPort === undefined
    ? pastedResponse(login.url, host)
    : broughtResponse(login.url, login.callbackPort, host)
}

function failPrinting(cause: unknown): never {
  if (!(cause instanceof Failure)) throw cause
  throw new Failure(cause.code, cause.message, {
    hint: 'Check mayfly_saml_assertion_process in the profile: run it by hand to see why.',
    cause,
  })
}

/** Asks the provider, by the HTTP-Redirect binding, to have the answer brought to this machine. */
async function broughtResponse(url: string, port: number, host: Host): Promise<SamlResponse> {
  const id = `_${randomUUID()}`
  const state = randomBytes(24).toString('base64url')
  const page = 'You are signed in. You can close this window.'
  const callback = await awaitCallback({ path, port, state, timeoutMs: patience, page })
  try {
    await host.openBrowser(signOnUrl(url, authnRequest(id, url, callback.redirectUri, host.now()), state))
    const response = readSamlResponse(given(await callback.answer))
    // An answer to another request is one that somebody else began.
    if (response.inResponseTo === id) return response
    throw new Failure('login-needed', 'What the identity provider sent does not answer what it was asked.', {
      hint: 'Run the command again, and sign in in the window that opens.',
    })
  } finally {
    await callback.close()
  }
}

/** Shows a page that leads to the provider and takes the response by hand. */
async function pastedResponse(url: string, host: Host): Promise<SamlResponse> {
  const state = randomBytes(24).toString('base64url')
  const form = pasteForm(url)
  const page = 'Thank you. You can close this window.'
  const callback = await awaitCallback({ path, state, timeoutMs: patience, page, form })
  try {
    await host.openBrowser(`${callback.redirectUri}?state=${state}`)
    return readSamlResponse(given(await callback.answer))
  } finally {
    await callback.close()
  }
}

const given = (answer: URLSearchParams): string => answer.get('SAMLResponse') ?? ''

/** AWS is who the provider knows; the answer comes here. SAML 2.0 core, section 3.4.1. */
function authnRequest(id: string, destination: string, consumerUrl: string, now: Date): string {
  return [
    '<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"',
    ` ID="${id}" Version="2.0" IssueInstant="${now.toISOString()}" Destination="${escaped(destination)}"`,
    ` AssertionConsumerServiceURL="${escaped(consumerUrl)}"`,
    ' ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST">',
    '<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">urn:amazon:webservices</saml:Issuer>',
    '</samlp:AuthnRequest>',
  ].join('')
}

function signOnUrl(url: string, request: string, relayState: string): string {
  const address = new URL(url)
  address.searchParams.set('SAMLRequest', deflateRawSync(request).toString('base64'))
  address.searchParams.set('RelayState', relayState)
  return address.href
}

const pasteForm = (
  url: string,
): string => `<p>The identity provider sends its answer to AWS, so it has to be fetched from the browser by hand.</p>
<ol>
<li>Open the developer tools of the browser in a new window, at the network tab, and let it keep its log.</li>
<li>In that window, <a href="${escaped(url)}" target="_blank" rel="noreferrer noopener">sign in</a>, until AWS shows your roles.</li>
<li>In the log, choose the request to <code>saml</code> at signin.aws.amazon.com, and copy the value of <code>SAMLResponse</code> from its form data.</li>
<li>Paste it here within five minutes; after that AWS takes it no more.</li>
</ol>
<label>SAMLResponse<br><textarea name="SAMLResponse" rows="10" style="width: 100%" required autofocus autocomplete="off" spellcheck="false"></textarea></label>
<p><button style="font: inherit">Continue</button></p>`

const escaped = (text: string): string => text.replace(/[&<>"']/g, (symbol) => `&#${symbol.charCodeAt(0)};`)
