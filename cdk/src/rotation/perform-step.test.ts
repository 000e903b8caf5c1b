import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CalledOff } from './rotation.ts'
import { Crash, day, named, setStage } from './stage.test.ts'

const steps = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const

test('the first turn makes the first key, and keeps what else is in the secret', async () => {
  const world = setStage()
  await world.turn('one')
  assert.equal(world.state(), 'AKIA1 active')
  assert.deepEqual(JSON.parse(world.textIn('AWSCURRENT') ?? ''), {
    ...{ user_name: 'backup', note: 'kept' },
    ...{ aws_access_key_id: 'AKIA1', aws_secret_access_key: 'secret of AKIA1' },
  })
})

test('the second turn makes the old key inactive, and the third deletes it', async () => {
  const world = setStage()
  await world.turn('one')
  world.later(30 * day)
  await world.turn('two')
  assert.equal(world.state(), 'AKIA1 inactive, AKIA2 active')
  assert.equal(world.keyIn('AWSPREVIOUS')?.accessKeyId, 'AKIA1')
  world.later(30 * day)
  await world.turn('three')
  assert.equal(world.state(), 'AKIA2 inactive, AKIA3 active')
  assert.equal(world.keyIn('AWSCURRENT')?.accessKeyId, 'AKIA3')
})

test('each step may be done twice', async () => {
  const world = setStage()
  await world.turn('one')
  world.later(2 * day)
  world.begin('two')
  for (const step of steps) {
    await world.step(step, 'two')
    const after = [world.state(), world.textIn('AWSCURRENT'), world.textIn('AWSPENDING')]
    await world.step(step, 'two')
    assert.deepEqual([world.state(), world.textIn('AWSCURRENT'), world.textIn('AWSPENDING')], after, step)
  }
})

test('a crash before or after any call loses no key that works, and a retry or a later turn comes through', async () => {
  for (const side of ['before', 'after'] as const)
    for (let at = 1; at < 40; at++) {
      const world = setStage()
      await world.turn('one')
      world.later(2 * day)
      world.use('AKIA1')
      world.later(2 * day)
      await world.turn('two')
      world.later(2 * day)
      world.begin('three')
      world.crashAt(at, side)
      const works = () => world.whoIs(world.keyIn('AWSCURRENT') ?? { accessKeyId: '', secretAccessKey: '' })
      let failed: unknown
      for (const step of steps) {
        try {
          await world.step(step, 'three')
        } catch (error) {
          if (!(error instanceof Crash)) throw error
          failed = error
          await works()
          world.repair()
          failed = await world.step(step, 'three').catch((reason: unknown) => reason)
          await works()
          if (failed) break
        }
      }
      if (failed) {
        // Only a key that was made and never stored needs time: it is inactive now, and goes with the next turn.
        assert.ok(failed instanceof CalledOff, String(failed))
        assert.deepEqual(world.stagesOf('three'), [])
        world.later(2 * day)
        await world.turn('four')
      }
      await works()
      assert.equal([...world.keys.values()].filter(({ active }) => active).length, 1, `${side} ${at}`)
      assert.ok(world.keys.size <= 2)
    }
})

test('a key is not deleted before its soak is over, nor while it was used in it; the turn is called off until then', async () => {
  const world = setStage()
  await world.turn('one')
  world.later(10 * day)
  await world.turn('two')
  world.later(day - 1)
  await assert.rejects(world.turn('three'), /AKIA1 is inactive, but not for long enough/)
  assert.equal(world.state(), 'AKIA1 inactive, AKIA2 active')
  assert.deepEqual(world.stagesOf('three'), [], 'nothing is pending, so another turn can begin')
  world.use('AKIA1')
  world.later(2)
  await assert.rejects(world.turn('four'), CalledOff)
  world.later(day)
  await world.turn('five')
  assert.equal(world.state(), 'AKIA2 inactive, AKIA3 active')
})

test('somebody else’s key in use stops the turn untouched; one that nobody uses becomes inactive first', async () => {
  const world = setStage()
  await world.turn('one')
  world.later(2 * day)
  world.addKey('AKIAOTHER')
  world.use('AKIAOTHER')
  await assert.rejects(world.turn('two'), /AKIAOTHER is in use \(last at 2026-11-23T09:00:00.000Z\)/)
  assert.equal(world.state(), 'AKIA1 active, AKIAOTHER active')
  world.keys.set('AKIAOTHER', {
    ...world.keys.get('AKIAOTHER'),
    id: 'AKIAOTHER',
    secret: '',
    createdAt: world.now(),
    active: true,
    lastUsed: new Date(0),
  })
  world.later(2 * day)
  await assert.rejects(world.turn('three'), /still active: it is inactive now/)
  assert.equal(world.state(), 'AKIA1 active, AKIAOTHER inactive')
  world.later(2 * day)
  await world.turn('four')
  assert.equal(world.state(), 'AKIA1 inactive, AKIA2 active')
})

test('two keys that the secret does not hold are left alone', async () => {
  const world = setStage()
  world.addKey('AKIAA')
  world.addKey('AKIAB')
  await assert.rejects(world.turn('one'), /two keys, and the secret holds neither/)
  assert.equal(world.state(), 'AKIAA active, AKIAB active')
})

test('a new key that AWS knows only after a while is waited for', async () => {
  const world = setStage()
  const { whoIs } = world
  let asked = 0
  world.whoIs = async (key) => {
    asked += 1
    if (asked < 4) throw named('InvalidClientTokenId')
    return whoIs(key)
  }
  await world.turn('one')
  assert.equal(world.state(), 'AKIA1 active')
})

test('a new key that is not good is taken back, the current one stays, and the next turn can begin', async () => {
  const world = setStage()
  await world.turn('one')
  world.later(2 * day)
  const { whoIs } = world
  for (const bad of [
    async () => Promise.reject(named('InvalidClientTokenId')),
    async () => 'arn:aws:iam::111122223333:user/somebody',
    async () => 'arn:aws:sts::111122223333:assumed-role/x/backup',
  ]) {
    world.whoIs = bad
    await assert.rejects(world.turn(`bad ${world.calls.length}`), CalledOff)
    assert.equal(world.state(), 'AKIA1 active')
    assert.equal(world.versionIn('AWSPENDING'), undefined)
    assert.equal(world.keyIn('AWSCURRENT')?.accessKeyId, 'AKIA1')
  }
  world.whoIs = whoIs
  await world.turn('good')
  assert.match(world.state(), /AKIA1 inactive, AKIA\d active/)
})

test('a failure that says nothing about the key leaves all as it is, for a retry', async () => {
  const world = setStage()
  world.begin('one')
  await world.step('createSecret', 'one')
  const { whoIs } = world
  world.whoIs = () => Promise.reject(named('TimeoutError'))
  await assert.rejects(world.step('testSecret', 'one'), { name: 'TimeoutError' })
  world.whoIs = whoIs
  await world.turn('one')
  assert.equal(world.keyIn('AWSCURRENT')?.accessKeyId, 'AKIA1')
})

test('trying out a schedule on a copy of the current version never costs its key', async () => {
  const world = setStage()
  await world.turn('one')
  world.setPending('copy', world.textIn('AWSCURRENT') ?? '')
  await world.step('testSecret', 'copy')
  world.whoIs = () => Promise.reject(named('InvalidClientTokenId'))
  await assert.rejects(world.step('testSecret', 'copy'), CalledOff)
  assert.equal(world.state(), 'AKIA1 active')
})

test('a step is refused when rotation is off, and for versions that are not pending', async () => {
  const world = setStage()
  world.begin('one')
  world.rotates = false
  await assert.rejects(world.step('createSecret', 'one'), /rotation is not enabled/)
  world.rotates = true
  await assert.rejects(world.step('createSecret', 'none'), /no version none/)
  await world.turn('one')
  await world.turn('two')
  await assert.rejects(world.step('createSecret', 'one'), /its turn is over/)
  assert.equal(world.state(), 'AKIA1 inactive, AKIA2 active')
})

test('a retry that overtakes the step it repeats leaves one new key', async () => {
  const world = setStage()
  world.begin('one')
  await Promise.all([world.step('createSecret', 'one'), world.step('createSecret', 'one')])
  assert.equal(world.keys.size, 1)
  assert.ok(world.keys.has(world.keyIn('AWSPENDING')?.accessKeyId ?? ''))
})

test('a key that was stored although the answer was lost is kept; one that was not stored is taken back', async () => {
  const world = setStage()
  world.begin('one')
  world.answerLost = 'put'
  await world.step('createSecret', 'one')
  assert.equal(world.state(), 'AKIA1 active')
  assert.equal(world.keyIn('AWSPENDING')?.accessKeyId, 'AKIA1')
  const other = setStage()
  other.begin('one')
  other.refusePut = true
  await assert.rejects(other.step('createSecret', 'one'), { name: 'InternalServiceError' })
  assert.equal(other.state(), '')
})
