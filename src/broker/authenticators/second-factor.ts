/** Methods of RFC 8176 by what they show: something known, something had, something one is. */
const factors: Readonly<Record<string, 'known' | 'had' | 'is'>> = {
  ...{ pwd: 'known', pin: 'known', kba: 'known' },
  ...{ otp: 'had', sms: 'had', tel: 'had', hwk: 'had', swk: 'had', sc: 'had', fido: 'had', u2f: 'had' },
  ...{ face: 'is', fpt: 'is', iris: 'is', retina: 'is', vbm: 'is' },
}

/** Contexts (OpenID Connect's acr, SAML's AuthnContextClassRef) that stand for more than one factor. */
const strongContexts = new Set([
  'phr',
  'phrh',
  'http://schemas.openid.net/pape/policies/2007/06/multi-factor',
  'http://schemas.openid.net/pape/policies/2007/06/multi-factor-physical',
  'http://schemas.microsoft.com/claims/multipleauthn',
  'https://refeds.org/profile/mfa',
  'urn:okta:loa:2fa:any',
  'urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorContract',
  'urn:oasis:names:tc:SAML:2.0:ac:classes:TimeSyncToken',
])

/** Whether a provider says that a second factor was shown: `mfa` itself, methods of two kinds, or a context for it. */
export function tellsSecondFactor(methods: readonly string[], context: string | undefined): boolean {
  if (methods.includes('mfa') || (context !== undefined && strongContexts.has(context))) return true
  return new Set(methods.flatMap((method) => factors[method] ?? [])).size > 1
}
