import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { measuring } from '../../test/contracts/effort.ts'
import { WireFault } from './wire-fault.ts'
import { childrenOf, flat, readXml, textOf, withAttributes, writeXml, type XmlElement, type XmlValue } from './xml.ts'

test('values are written as AWS writes them', () => {
  assert.equal(
    writeXml(
      'R',
      {
        Tags: [{ Key: 'a', Value: '<&>"' }],
        When: new Date('2026-01-01T00:00:00.999Z'),
        Bytes: Buffer.from('hi'),
        Yes: true,
        Count: 3,
        Nothing: undefined,
        Empty: '',
        Key: flat(['a', 'b']),
        Grantee: withAttributes({ 'xsi:type': 'a"\n' }, { ID: 'x' }),
      },
      { xmlns: 'https://example.com/' },
    ),
    '<R xmlns="https://example.com/"><Tags><member><Key>a</Key><Value>&lt;&amp;&gt;&quot;</Value></member></Tags>' +
      '<When>2026-01-01T00:00:00Z</When><Bytes>aGk=</Bytes><Yes>true</Yes><Count>3</Count><Empty/>' +
      '<Key>a</Key><Key>b</Key><Grantee xsi:type="a&quot;&#10;"><ID>x</ID></Grantee></R>',
  )
  assert.equal(
    writeXml('R', { L: ['x'] }, { item: 'Item', declaration: true }),
    '<?xml version="1.0" encoding="UTF-8"?>\n<R><L><Item>x</Item></L></R>',
  )
})

test('what XML cannot hold is replaced in text and refused in names', () => {
  assert.equal(writeXml('R', 'a\u0000\u001b\ufffe\ud800b\t\n\r'), '<R>a\ufffd\ufffd\ufffd\ufffdb\t\n&#13;</R>')
  for (const name of ['', 'a b', 'a>', '1a', '<x']) assert.throws(() => writeXml('R', { [name]: '' }), TypeError)
})

const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.-]{0,6}$/).filter((word) => word !== '__proto__')
const legal = fc.string({ unit: 'grapheme' }).filter((text) => !/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/.test(text))
type Tree = string | Tree[] | { [name: string]: Tree }
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    legal,
    fc.array(tie('tree'), { minLength: 1, maxLength: 3 }),
    fc.dictionary(name, tie('tree'), { minKeys: 1, maxKeys: 3 }),
  ),
}))

test('what is written reads back the same', () => {
  const same = (element: XmlElement, value: Tree): void => {
    if (typeof value === 'string') {
      assert.equal(element.text, value)
      return
    }
    const fields = Array.isArray(value) ? value.map((item) => ['member', item] as const) : Object.entries(value)
    assert.deepEqual(
      element.children.map((child) => child.name),
      fields.map(([field]) => field),
    )
    element.children.forEach((child, index) => {
      same(child, fields[index]?.[1] ?? '')
    })
  }
  fc.assert(
    fc.property(tree, fc.string({ unit: 'grapheme' }), (value, uri) => {
      const read = readXml(writeXml('Root', value satisfies XmlValue, { xmlns: uri }))
      same(read, value)
    }),
  )
})

test('a document is read with its attributes, entities, CDATA and comments', () => {
  const root = readXml(
    '<?xml version="1.0"?>\n<!-- c --><E xmlns="u" a=\'&lt;1\'>x<!-- - -->y<C>&#65;&#x42;&amp;</C><C/>z<![CDATA[<&]]>\r\n</E>\n',
  )
  assert.equal(root.text, 'xyz<&\n')
  assert.equal(textOf(root, 'C'), 'AB&')
  assert.equal(textOf(root, 'D', 'E'), undefined)
  assert.equal(childrenOf(root, 'C').length, 2)
  assert.deepEqual({ ...root.attributes }, { xmlns: 'u', a: '<1' })
})

test('what is not plain, well-formed XML is refused', () => {
  for (const text of [
    '',
    'x',
    '<a>',
    '<a></b>',
    '</a>',
    '<a/><b/>',
    '<a/>x',
    '<a b/>',
    '<a b=1/>',
    '<a b="1"c="2"/>',
    '<a b="1" b="2"/>',
    '<a b="<"/>',
    '<a b="1/>',
    '<a>&unknown;</a>',
    '<a>&</a>',
    '<a>&#0;</a>',
    '<a>&#xd800;</a>',
    '<a>&#x110000;</a>',
    '<a>\u0001</a>',
    '<a>]]></a>',
    '<a><![CDATA[x</a>',
    '<a><!-- -- --></a>',
    '<a><?php?></a>',
    '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
    '<a><!DOCTYPE a></a>',
    '<?xml version="1.0"<a/>',
    `${'<a>'.repeat(65)}${'</a>'.repeat(65)}`,
  ])
    assert.throws(() => readXml(text), { name: 'WireFault', code: 'malformed' }, text)
  assert.doesNotThrow(() => readXml(`${'<a>'.repeat(64)}${'</a>'.repeat(64)}`))
  assert.throws(() => readXml('<a>'.padEnd(9 * 1024 * 1024)), { code: 'too-large' })
})

test('a fault says where, and does not repeat what it was given', () => {
  assert.throws(() => readXml('<a>\n  <b>secret</c>\n</a>'), {
    message: 'XML line 2, column 12: an end tag that matches no start tag',
  })
})

test('arbitrary text gives an element or a fault, and a megabyte does so at once', () => {
  const total = (text: string): void => {
    try {
      readXml(text)
    } catch (error) {
      assert.ok(error instanceof WireFault)
    }
  }
  fc.assert(fc.property(fc.string({ unit: 'binary' }), total))
  const piece = fc.constantFrom(
    '<a>',
    '</a>',
    '<a ',
    'b="',
    '"',
    '>',
    '/>',
    '<!--',
    '-->',
    '<![CDATA[',
    ']]>',
    '&lt;',
    '&',
    'x',
    ' ',
  )
  fc.assert(fc.property(fc.array(piece), (parts) => total(parts.join(''))))
  for (const part of [
    '<',
    '<a>',
    '<a/>',
    'x<a/>',
    '<!--',
    '<!-- -->',
    '<![CDATA[',
    '<![CDATA[]]>x',
    '&',
    '&amp;',
    '&#',
    ' ',
    '"',
    'a="b" ',
  ]) {
    const effort = measuring()
    const hostile = part.repeat(1_000_000 / part.length)
    for (const text of [hostile, `<r>${hostile}</r>`, `<r ${hostile}`, `<r>${hostile}`]) total(text)
    assert.ok(effort() < 2000, part)
  }
})
