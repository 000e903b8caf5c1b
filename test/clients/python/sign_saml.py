"""Signs what comes on standard input, as an identity provider written with lxml does: sign_saml.py KEY CERTIFICATE NAME..."""

import sys

from lxml import etree
from signxml import XMLSigner
from signxml.algorithms import CanonicalizationMethod

key, certificate, *names = sys.argv[1:]
spaces = {"saml": "urn:oasis:names:tc:SAML:2.0:assertion", "samlp": "urn:oasis:names:tc:SAML:2.0:protocol"}
ds = "http://www.w3.org/2000/09/xmldsig#"
root = etree.fromstring(sys.stdin.buffer.read())
for name in names:
    target = root if name == "Response" else root.find("saml:Assertion", spaces)
    issuer = target.find("saml:Issuer", spaces)
    issuer.addnext(etree.Element(f"{{{ds}}}Signature", Id="placeholder", nsmap={"ds": ds}))
    signer = XMLSigner(c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0)
    options = {"reference_uri": target.get("ID"), "id_attribute": "ID"}
    with open(key, "rb") as secret, open(certificate) as public:
        signed = signer.sign(target, key=secret.read(), cert=public.read(), **options)
    if target is root:
        root = signed
    else:
        root.replace(target, signed)
sys.stdout.buffer.write(etree.tostring(root))
