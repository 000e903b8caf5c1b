import { X509Certificate } from 'node:crypto'
import { spaces } from '../saml/named-xml.ts'
import { entityId, samlPaths } from './issue.ts'
import { escaped } from './response-xml.ts'

/** The provider's metadata, as CreateSAMLProvider wants it. See SAML 2.0 metadata, section 2.4.3. */
export function metadataXml(endpoint: string, certificate: string): string {
  const der = new X509Certificate(certificate).raw.toString('base64')
  const signOn = escaped(endpoint + samlPaths.signOn)
  const binding = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP'
  return `<?xml version="1.0" encoding="UTF-8"?>
<EntityDescriptor xmlns="${spaces.metadata}" entityID="${escaped(entityId)}">
  <IDPSSODescriptor WantAuthnRequestsSigned="false" protocolSupportEnumeration="${spaces.protocol}">
    <KeyDescriptor use="signing">
      <KeyInfo xmlns="${spaces.signature}"><X509Data><X509Certificate>${der}</X509Certificate></X509Data></KeyInfo>
    </KeyDescriptor>
    <NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:persistent</NameIDFormat>
    <SingleSignOnService Binding="${binding}-Redirect" Location="${signOn}"/>
    <SingleSignOnService Binding="${binding}-POST" Location="${signOn}"/>
  </IDPSSODescriptor>
</EntityDescriptor>
`
}
