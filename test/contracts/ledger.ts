import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { verifyChain } from '../../src/ledger/chain.ts'
import { isOfRevokedProof } from '../../src/ledger/conflict.ts'
import type { EventQuery, Ledger, RequestQuery } from '../../src/ledger/ledger.ts'
import { Failure } from '../../src/model/failure.ts'
import type { LedgerEvent, LedgerRow } from '../../src/model/ledger-event.ts'
import type { Session } from '../../src/model/session.ts'
import type { ApprovalRequest } from '../../src/model/session-request.ts'

const noon = Date.UTC(2026, 10, 21, 12)
const hour = 3_600_000

/** A session that has been asked for. */
export const askedSession = (id: string, change: Partial<Session> = {}): Session => ({
  id,
  origin: 'broker',
  operation: 'AssumeRole',
  state: 'pending',
  principalId: 'corp:ann@example.com',
  principalName: 'ann@example.com',
  principalKind: 'person',
  accountId: '111122223333',
  roleArn: 'arn:aws:iam::111122223333:role/reader',
  role: 'reader',
  grant: 'readers',
  sessionName: `ann@example.com-${id}`,
  sourceIdentity: 'ann@example.com',
  askedAt: noon,
  expiresAt: noon + hour,
  ...change,
})

export const intent = (session: Session, provenAt = noon): LedgerEvent => ({
  kind: 'intent',
  at: session.askedAt,
  session,
  provenAt,
})

export const issued = (session: Session): LedgerEvent => ({
  kind: 'issued',
  at: session.askedAt + 5,
  sessionId: session.id,
  accessKeyId: `ASIA${session.id.toUpperCase()}`,
  userId: `AROAEXAMPLE:${session.sessionName}`,
  issuedAt: session.askedAt,
  expiresAt: session.expiresAt ?? noon + hour,
})

const revoked = (target: Extract<LedgerEvent, { kind: 'revoked' }>['target'], revocationId = 'v1'): LedgerEvent => ({
  kind: 'revoked',
  at: noon + 60_000,
  revocationId,
  target,
  by: 'corp:eve@example.com',
  byName: 'eve@example.com',
  reason: 'laptop lost',
  sessions: [],
})

const askedRequest: ApprovalRequest = {
  id: 'r1',
  state: 'waiting',
  principalId: 'corp:ann@example.com',
  principalName: 'ann@example.com',
  role: 'admin',
  grant: 'admins',
  duration: 3600,
  askedAt: noon,
  expiresAt: noon + hour,
  needed: 2,
  votes: [],
}

const voted = (by: string, approve = true, provenAt = noon): LedgerEvent => ({
  kind: 'voted',
  provenAt,
  at: noon,
  requestId: 'r1',
  vote: { by, byName: by, at: noon, approve },
  state: 'waiting',
})

const conflict = (error: unknown): boolean => error instanceof Failure && error.code === 'ledger-conflict'

async function all<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const row of rows) list.push(row)
  return list
}

const kept = (rows: readonly LedgerRow[]) => rows.map(({ seq, event, hash }) => ({ seq, hash, body: canonical(event) }))
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, member) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  )

/** What every ledger must do. `open` gives an empty one; `reopen` the same again, where it outlives its process. */
export function ledgerContract(
  name: string,
  open: () => Promise<{ ledger: Ledger; reopen?: () => Promise<Ledger> }>,
): void {
  let ledger: Ledger
  let reopen: (() => Promise<Ledger>) | undefined
  beforeEach(async () => {
    ;({ ledger, reopen } = await open())
  })
  afterEach(() => ledger.close())

  test(`${name}: a session is the fold of its events`, async () => {
    const session = askedSession('saaa')
    await ledger.append([intent(session)])
    assert.equal((await ledger.session('saaa'))?.state, 'pending')
    await ledger.append([issued(session)])
    const found = await ledger.session('saaa')
    assert.equal(found?.state, 'issued')
    assert.equal(found?.accessKeyId, 'ASIASAAA')
    assert.deepEqual(
      (await all(ledger.events({ sessionId: 'saaa' }))).map(({ event }) => event.kind),
      ['intent', 'issued'],
    )
  })

  test(`${name}: rows are numbered without a gap, chained, and found altered, dropped, reordered and cut off`, async () => {
    for (const id of ['saaa', 'sbbb', 'sccc']) await ledger.append([intent(askedSession(id)), issued(askedSession(id))])
    const rows = kept(await all(ledger.events()))
    const head = await ledger.head()
    assert.equal(head.seq, 6)
    assert.deepEqual(await verifyChain(rows, head), { head })
    const changed = rows.map((row) => (row.seq === 3 ? { ...row, body: row.body.replace('reader', 'admin') } : row))
    assert.equal((await verifyChain(changed)).fault?.fault, 'altered')
    assert.equal((await verifyChain(rows.filter(({ seq }) => seq !== 3))).fault?.fault, 'dropped')
    const [first, second, ...others] = rows
    assert.ok(first && second)
    assert.ok((await verifyChain([second, first, ...others])).fault)
    assert.equal((await verifyChain(rows.slice(0, 4), head)).fault?.fault, 'cut-off')
    assert.equal((await verifyChain(rows.slice(0, 4))).fault, undefined)
  })

  test(`${name}: appends all of a group or none`, async () => {
    const session = askedSession('saaa')
    await assert.rejects(ledger.append([intent(session), issued(askedSession('sbbb'))]), conflict)
    assert.equal(await ledger.session('saaa'), undefined)
    assert.equal((await ledger.head()).seq, 0)
    await ledger.append([intent(session), issued(session)])
    assert.equal((await ledger.head()).seq, 2)
  })

  test(`${name}: of many that append at once each is kept, and one that does not follow hurts no other`, async () => {
    const sessions = Array.from({ length: 40 }, (_, place) =>
      askedSession(`s${'abcdefgh'[place % 8]}${'234567'[Math.floor(place / 8)]}`),
    )
    const outcomes = await Promise.allSettled([
      ...sessions.map((session) => ledger.append([intent(session)])),
      ledger.append([issued(askedSession('szzz'))]),
    ])
    assert.equal(outcomes.filter(({ status }) => status === 'rejected').length, 1)
    assert.equal((await ledger.head()).seq, 40)
    assert.equal((await verifyChain(kept(await all(ledger.events())))).fault, undefined)
    assert.equal(await ledger.countLive(noon), 40)
  })

  test(`${name}: an outcome comes once, and not after the session was revoked`, async () => {
    const session = askedSession('saaa')
    await ledger.append([intent(session), revoked({ kind: 'session', sessionId: 'saaa' })])
    await assert.rejects(ledger.append([issued(session)]), conflict)
    const other = askedSession('sbbb')
    await ledger.append([intent(other), issued(other)])
    await assert.rejects(ledger.append([issued(other)]), conflict)
    await assert.rejects(ledger.append([{ kind: 'failed', at: noon, sessionId: 'sbbb', because: 'late' }]), conflict)
  })

  test(`${name}: revoking a person names their sessions and what descends from them, and bars older proofs`, async () => {
    const own = askedSession('saaa')
    const child = askedSession('sbbb', { origin: 'cloudtrail', principalId: 'aws:x', state: 'issued', role: '' })
    const other = askedSession('sccc', { principalId: 'corp:bob@example.com', sourceIdentity: 'bob@example.com' })
    await ledger.append([intent(own), issued(own), { kind: 'found', at: noon, session: child }, intent(other)])
    const [row] = await ledger.append([revoked({ kind: 'principal', principalId: own.principalId })])
    assert.ok(row?.event.kind === 'revoked')
    assert.deepEqual([...row.event.sessions].sort(), ['saaa', 'sbbb'])
    assert.equal((await ledger.session('saaa'))?.state, 'revoked')
    assert.equal((await ledger.session('sccc'))?.state, 'pending')
    await assert.rejects(ledger.append([intent(askedSession('sddd'))]), conflict)
    await ledger.append([intent(askedSession('sddd', { askedAt: noon + 2 * hour }), noon + 2 * hour)])
    assert.equal(await ledger.barrier('corp:bob@example.com'), undefined)
    assert.ok(((await ledger.barrier(own.principalId)) ?? 0) > noon)
  })

  test(`${name}: a role and everything are revoked up to an instant`, async () => {
    const early = askedSession('saaa')
    const late = askedSession('sbbb', { askedAt: noon + 30_000 })
    const other = askedSession('sccc', { role: 'writer', roleArn: 'arn:aws:iam::111122223333:role/writer' })
    await ledger.append([intent(early), intent(late), intent(other)])
    await ledger.append([revoked({ kind: 'role', role: 'reader', before: noon + 10_000 })])
    const states = async () =>
      Promise.all(['saaa', 'sbbb', 'sccc'].map(async (id) => (await ledger.session(id))?.state))
    assert.deepEqual(await states(), ['revoked', 'pending', 'pending'])
    await ledger.append([revoked({ kind: 'everything' }, 'v2')])
    assert.deepEqual(await states(), ['revoked', 'revoked', 'revoked'])
    await ledger.append([
      {
        kind: 'reached',
        at: noon,
        revocationId: 'v2',
        reach: { place: 'broker', where: 'here', effect: 'refused', how: 'at once', sessions: ['sbbb'], took: 3 },
      },
    ])
    assert.equal((await ledger.revocation('v2'))?.reach.length, 1)
    assert.deepEqual((await ledger.revocations({})).map(({ id }) => id).sort(), ['v1', 'v2'])
  })

  test(`${name}: a request takes its votes once each, and is used once`, async () => {
    await ledger.append([{ kind: 'asked', at: noon, request: askedRequest }])
    await ledger.append([voted('corp:bob@example.com')])
    await assert.rejects(ledger.append([voted('corp:bob@example.com')]), conflict)
    const early = askedSession('saaa', { requestId: 'r1', grant: 'admins' })
    await assert.rejects(ledger.append([intent(early)]), conflict)
    await ledger.append([voted('corp:eve@example.com')])
    assert.equal((await ledger.request('r1'))?.state, 'approved')
    for (const change of [{ principalId: 'corp:bob@example.com' }, { grant: 'readers' }])
      await assert.rejects(ledger.append([intent({ ...early, ...change })]), conflict)
    await ledger.append([intent(early)])
    await assert.rejects(ledger.append([intent({ ...early, id: 'sbbb' })]), conflict)
    assert.deepEqual(
      (await ledger.requests({ state: 'used' })).items.map(({ id }) => id),
      ['r1'],
    )
    assert.equal((await all(ledger.events({ requestId: 'r1' }))).length, 4)
  })

  test(`${name}: who was revoked votes no more, until they prove again who they are`, async () => {
    const by = 'corp:bob@example.com'
    await ledger.append([{ kind: 'asked', at: noon, request: askedRequest }])
    await ledger.append([revoked({ kind: 'principal', principalId: by })])
    await assert.rejects(ledger.append([voted(by)]), isOfRevokedProof)
    assert.deepEqual((await ledger.request('r1'))?.votes, [])
    await ledger.append([voted(by, true, noon + 2 * hour)])
    assert.equal((await ledger.request('r1'))?.votes.length, 1)
  })

  test(`${name}: requests come a page at a time, the newest first, and rows backwards`, async () => {
    const asked = (id: string, principalId: string): LedgerEvent => ({
      kind: 'asked',
      at: noon,
      request: { ...askedRequest, id, principalId, askedAt: noon + (id === 'raaa' ? 0 : 1) },
    })
    const [ann, bob] = ['corp:ann@example.com', 'corp:bob@example.com']
    await ledger.append([asked('raaa', ann), asked('rbbb', bob), asked('rccc', ann), asked('rddd', bob)])
    const ids = async (query: RequestQuery): Promise<string[]> => {
      const { items, cursor } = await ledger.requests(query)
      const more = cursor === undefined ? [] : await ids({ ...query, cursor })
      return [...items.map(({ id }) => id), '|', ...more]
    }
    assert.deepEqual(await ids({ limit: 2 }), ['rddd', 'rccc', '|', 'rbbb', 'raaa', '|'])
    assert.deepEqual(await ids({ limit: 1, principalId: ann }), ['rccc', '|', 'raaa', '|'])
    assert.deepEqual(await ids({ state: 'used' }), ['|'])
    await assert.rejects(ledger.requests({ cursor: "1' OR '1" }), /cursor/)
    const seqs = async (query: EventQuery): Promise<number[]> => (await all(ledger.events(query))).map(({ seq }) => seq)
    assert.deepEqual(await seqs({ newestFirst: true }), [4, 3, 2, 1])
    assert.deepEqual(await seqs({ newestFirst: true, before: 4, limit: 2 }), [3, 2])
    assert.deepEqual(await seqs({ kinds: ['asked'], after: 1, before: 4 }), [2, 3])
  })

  test(`${name}: pages the newest first, and filters`, async () => {
    for (const [place, id] of ['saaa', 'sbbb', 'sccc', 'sddd'].entries()) {
      const session = askedSession(id, { askedAt: noon + place, principalName: place === 2 ? 'Büro 100%' : 'ann' })
      await ledger.append(place === 3 ? [intent(session)] : [intent(session), issued(session)])
    }
    const first = await ledger.sessions({ limit: 3 })
    assert.deepEqual(
      first.items.map(({ id }) => id),
      ['sddd', 'sccc', 'sbbb'],
    )
    assert.ok(first.cursor)
    const second = await ledger.sessions({ limit: 3, cursor: first.cursor })
    assert.deepEqual(second, { items: second.items })
    assert.deepEqual(
      second.items.map(({ id }) => id),
      ['saaa'],
    )
    const ids = async (query: Parameters<Ledger['sessions']>[0]) =>
      (await ledger.sessions(query)).items.map(({ id }) => id)
    assert.deepEqual(await ids({ state: 'pending' }), ['sddd'])
    assert.deepEqual(await ids({ text: 'BÜRO' }), ['sccc'])
    assert.deepEqual(await ids({ text: '100%' }), ['sccc'])
    assert.deepEqual(await ids({ accessKeyId: 'ASIASAAA' }), ['saaa'])
    assert.deepEqual(await ids({ liveAt: noon + 2 * hour }), [])
    await assert.rejects(
      ledger.sessions({ cursor: "1' OR 1=1" }),
      (error) => error instanceof Failure && error.code === 'usage',
    )
  })

  test(`${name}: a watcher hears of every row once and in order`, async () => {
    const heard: number[] = []
    await ledger.append([intent(askedSession('szzz'))])
    const stop = ledger.watch(({ seq }) => heard.push(seq))
    await Promise.all(['saaa', 'sbbb', 'sccc'].map((id) => ledger.append([intent(askedSession(id))])))
    while (heard.length < 3) await new Promise((resolve) => setTimeout(resolve, 5))
    stop()
    await ledger.append([intent(askedSession('sddd'))])
    await new Promise((resolve) => setTimeout(resolve, 20))
    assert.deepEqual(heard, [2, 3, 4])
  })

  test(`${name}: a proof is spent once`, async () => {
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => ledger.spend('assertion-1', noon, noon)))
    assert.equal(outcomes.filter(Boolean).length, 1)
    assert.equal(await ledger.spend('assertion-2', noon, noon + hour), true)
    assert.equal(await ledger.spend('assertion-1', noon, noon + hour), false)
    // By then it proves nothing any more, and need not be known.
    await ledger.spend('assertion-3', noon + 2 * hour, noon + hour + 1)
    assert.equal(await ledger.spend('assertion-1', noon, noon + hour + 1), true)
  })

  test(`${name}: of several who leave a text under a name one does, and of several who take it one is given it`, async () => {
    const eight = Array.from({ length: 8 }, (_, number) => String(number))
    const puts = await Promise.all(eight.map((text) => ledger.put('login-1', text, noon + hour, noon)))
    assert.equal(puts.filter(Boolean).length, 1)
    const winner = String(puts.indexOf(true))
    assert.equal(await ledger.get('login-1', noon), winner)
    const taken = await Promise.all(eight.map(() => ledger.take('login-1', noon)))
    assert.deepEqual(
      taken.filter((text) => text !== undefined),
      [winner],
    )
    assert.equal(await ledger.get('login-1', noon), undefined)
    assert.equal(await ledger.put('login-1', 'again', noon + hour, noon), true)
  })

  test(`${name}: a text that was left is there until its end, and not at its end`, async () => {
    await ledger.put('login-1', 'one', noon + 1, noon)
    await ledger.put('login-2', 'two', noon + 1, noon)
    assert.equal(await ledger.get('login-1', noon), 'one')
    assert.equal(await ledger.take('login-1', noon), 'one')
    assert.equal(await ledger.get('login-2', noon + 1), undefined)
    assert.equal(await ledger.take('login-2', noon + 1), undefined)
    assert.equal(await ledger.get('login-3', noon), undefined)
    // Texts that nobody takes go when others come.
    await ledger.put('login-4', 'four', noon + 1, noon)
    await ledger.put('login-5', 'five', noon + 2, noon + 1)
    assert.equal(await ledger.get('login-4', noon), undefined)
    assert.deepEqual(await ledger.head(), { seq: 0, hash: '0'.repeat(64) })
  })

  test(`${name}: keeps texts that databases choke on`, async () => {
    const nasty = 'Robert\'); DROP TABLE event;--\0\ud800 \u2028 {"a":1}'
    const session = askedSession('saaa', { reason: nasty, principalName: nasty, sourceIdentity: nasty })
    await ledger.append([intent(session)])
    assert.equal((await ledger.session('saaa'))?.reason, nasty)
    const rows = kept(await all(ledger.events()))
    assert.equal((await verifyChain(rows, await ledger.head())).fault, undefined)
  })

  test(`${name}: what was appended is there when it is opened again`, async (t) => {
    if (!reopen) return t.skip('it ends with its process')
    await ledger.append([intent(askedSession('saaa'))])
    const head = await ledger.head()
    await ledger.close()
    ledger = await reopen()
    assert.deepEqual(await ledger.head(), head)
    await ledger.append([issued(askedSession('saaa'))])
    assert.equal((await ledger.session('saaa'))?.state, 'issued')
  })

  test(`${name}: a closed ledger takes nothing`, async () => {
    await ledger.close()
    await assert.rejects(
      ledger.append([intent(askedSession('saaa'))]),
      (error) => error instanceof Failure && error.code === 'ledger-down',
    )
  })
}
