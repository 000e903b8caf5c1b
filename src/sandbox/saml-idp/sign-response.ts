import type { SamlIdentity } from './identity.ts'

/** What a signature covers. AWS takes either, and both. */
export type Signed = 'assertion' | 'response' | 'both' | 'nothing'

const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#'
const enveloped = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature'

/** The response, signed: RSA over SHA-256, the certificate beside it as providers do. */
export async function signResponse(xml: string, identity: SamlIdentity, signed: Signed): Promise<string> {
  const inner = signed === 'assertion' || signed === 'both' ? await sign(xml, identity, 'Assertion') : xml
  return signed === 'response' || signed === 'both' ? sign(inner, identity, 'Response') : inner
}

async function sign(xml: string, { privateKey, certificate }: SamlIdentity, local: string): Promise<string> {
  const { SignedXml } = await import('xml-crypto')
  const signer = new SignedXml({
    privateKey,
    publicCert: certificate,
    signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    canonicalizationAlgorithm: exclusive,
    getKeyInfoContent: SignedXml.getKeyInfoContent,
  })
  const xpath = `//*[local-name(.)='${local}']`
  signer.addReference({
    xpath,
    digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha256',
    transforms: [enveloped, exclusive],
  })
  signer.computeSignature(xml, {
    prefix: 'ds',
    location: { reference: `${xpath}/*[local-name(.)='Issuer']`, action: 'after' },
  })
  return signer.getSignedXml()
}
