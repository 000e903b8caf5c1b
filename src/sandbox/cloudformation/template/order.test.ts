// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how Fn::Sub is written
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { dependenciesOf, orderOf, presentResources, readTemplate } from './index.ts'
import { refusedWith } from './stage.test.ts'

const resource = (...refs: string[]) => ({ Type: 'A::B::C', Properties: { Refs: refs.map((Ref) => ({ Ref })) } })
const order = (resources: object): readonly string[] => {
  const template = readTemplate(JSON.stringify({ Resources: resources }))
  return orderOf(template, presentResources(template, {}))
}

test('a resource comes after all it leans on, however it says so', () => {
  const properties = { A: { 'Fn::GetAtt': 'Attribute.Arn' }, B: { 'Fn::Sub': '${Text}-${TextAttribute.Arn}' } }
  const resources = {
    First: { Type: 'A::B::C', DependsOn: 'Said', Properties: { ...properties, C: [{ Ref: 'Plain' }] } },
    ...{ Said: resource(), Attribute: resource(), Text: resource(), TextAttribute: resource(), Plain: resource() },
  }
  const template = readTemplate(JSON.stringify({ Resources: resources }))
  assert.deepEqual(dependenciesOf(template, 'First'), ['Said', 'Attribute', 'Text', 'TextAttribute', 'Plain'])
  assert.equal(order(resources).at(-1), 'First')
})

test('every dependency comes first, and nothing is lost', () => {
  const graph = fc.array(fc.array(fc.nat({ max: 30 }), { maxLength: 4 }), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(graph, (edges) => {
      // Each leans only on those numbered higher, so there is no circle, and the order must turn the listing round.
      const needs = edges.map((targets, at) =>
        targets.map((target) => at + 1 + target).filter((to) => to < edges.length),
      )
      const resources = Object.fromEntries(needs.map((to, at) => [`R${at}`, resource(...to.map((one) => `R${one}`))]))
      const ordered = order(resources)
      assert.deepEqual([...ordered].sort(), Object.keys(resources).sort())
      for (const [at, to] of needs.entries())
        for (const one of to) assert.ok(ordered.indexOf(`R${one}`) < ordered.indexOf(`R${at}`))
    }),
    { numRuns: 100 },
  )
})

test('a circle is refused by the names in it, and a chain is not', () => {
  assert.deepEqual(order({ A: resource('B'), B: resource('C'), C: resource() }), ['C', 'B', 'A'])
  const circle = { Before: resource(), A: resource('B', 'Before'), B: resource('A'), After: resource('A') }
  assert.throws(() => order(circle), refusedWith('Circular dependency between resources: [A, B]'))
  assert.throws(() => order({ Own: resource('Own') }), refusedWith('Circular dependency between resources: [Own]'))
})

test('a resource whose condition fails is not there, nor may what is there lean on it', () => {
  const body = (reference: object) =>
    JSON.stringify({
      Conditions: { Yes: { 'Fn::Equals': ['a', 'a'] }, No: { 'Fn::Equals': ['a', 'b'] } },
      Resources: {
        Gone: { Type: 'A::B::C', Condition: 'No' },
        Here: { Type: 'A::B::C', Condition: 'Yes', DependsOn: ['Gone'], Properties: { A: reference } },
      },
    })
  const conditions = { Yes: true, No: false }
  const chosen = readTemplate(body({ 'Fn::If': ['No', { Ref: 'Gone' }, 'else'] }))
  const present = presentResources(chosen, conditions)
  assert.deepEqual(present, ['Here'])
  assert.deepEqual(orderOf(chosen, present, conditions), ['Here'])
  assert.throws(
    () => presentResources(readTemplate(body({ Ref: 'Gone' })), conditions),
    refusedWith(
      'Template format error: Unresolved resource dependencies [Gone] in the Resources block of the template',
    ),
  )
})

test('a branch that is not taken makes no circle', () => {
  const template = readTemplate(
    JSON.stringify({
      Conditions: { No: { 'Fn::Equals': ['a', 'b'] } },
      Resources: {
        A: { Type: 'A::B::C', Properties: { B: { 'Fn::If': ['No', { Ref: 'B' }, ''] } } },
        B: resource('A'),
      },
    }),
  )
  assert.deepEqual(orderOf(template, ['B', 'A'], { No: false }), ['A', 'B'])
  assert.throws(
    () => orderOf(template, ['B', 'A'], { No: true }),
    refusedWith(/^Circular dependency between resources/),
  )
})
