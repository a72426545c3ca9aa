import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import * as z from 'zod'
import { Dock } from '../../lambdas/docks/shapes.ts'
import { createClock } from '../../local/clock.ts'
import { licenceSecretArn, withDockServer } from '../../local/dock-server.ts'
import type { StartOptions } from '../../local/start-options.ts'
import { topicsOf } from '../../protocols/dji-dock/topics.ts'
import { startDock } from '../../simulator/dock/dock.ts'
import { operatorsQueues } from '../support/redrive.ts'
import { type Local, newAircraftSn, newDockSn, onlyLocal, openLocal } from '../support/story.ts'

/** A dock that has only this backend on its broker, from its first question on. */

const open = (t: TestContext, options: StartOptions = {}) => openLocal(t, { ...withDockServer(), ...options })

const NewCode = z.object({ id: z.string(), code: z.string() })
const organizationId = 'acme'

const bindingCode = async ({ must }: Local, body: object = {}): Promise<string> => {
  await must('PUT', `/v1/organizations/${organizationId}`, { name: 'Acme' })
  return NewCode.parse(await must('POST', `/v1/organizations/${organizationId}/binding-codes`, body)).code
}

const startMember = async (t: TestContext, { mqttUrl }: Local, code: string) => {
  const [dockSn, aircraftSn, steps]: [string, string, string[]] = [newDockSn(), newAircraftSn(), []]
  const dock = await startDock({
    mqttUrl,
    dockSn,
    aircraftSn,
    pace: 'instant',
    clientId: dockSn,
    member: { organizationId, bindingCode: code, callSign: 'Roof' },
    began: ({ events }) => void events.on('joining', (step) => steps.push(step)),
  })
  t.after(() => dock.close())
  return { dock, dockSn, aircraftSn, steps }
}

/** A device that asks, and hears what it is answered. */
const asker = async (backend: Local, dockSn = newDockSn()) => {
  const { requests, requestsReply } = topicsOf(dockSn)
  const device = await backend.device(requestsReply)
  return async (method: string, data: unknown) => {
    await device.publish(requests, { tid: 't', bid: 'b', method, data })
    return z.object({ payload: z.object({ data: z.unknown() }) }).parse(await device.next(requestsReply))
      .payload.data
  }
}

test('a dock with nothing else on its broker comes online, and is registered by that', {
  skip: onlyLocal,
}, async (t) => {
  const backend = await open(t)
  const code = await bindingCode(backend, { fleet: 'north' })
  const { dock, dockSn, aircraftSn, steps } = await startMember(t, backend, code)
  assert.deepEqual(steps, ['has its licence', 'is bound to Acme', 'is online'])
  const seen = Dock.parse(await backend.must('GET', `/v1/docks/${dockSn}`))
  assert.deepEqual(
    [seen.name, seen.fleet, seen.organizationId, seen.aircraftSn],
    ['Roof dock', 'north', organizationId, aircraftSn],
  )

  await t.test('again and again, without the code', async () => {
    const codes = `/v1/organizations/${organizationId}/binding-codes`
    const { items } = z
      .object({ items: z.array(z.object({ id: z.string(), state: z.string() })) })
      .parse(await backend.must('GET', codes))
    assert.equal(items[0]?.state, 'used')
    await backend.must('DELETE', `${codes}/${items[0]?.id}`)
    dock.goOffline()
    await dock.comeBack()
    assert.equal(steps.at(-1), 'is online')
  })

  await t.test('and what it wants acknowledged is, of its aircraft too', async () => {
    const [own, its] = [topicsOf(dockSn), topicsOf(aircraftSn)]
    const device = await backend.device(own.eventsReply, its.stateReply)
    const wanting = { tid: 'wants', bid: 'b', need_reply: 1 }
    await device.publish(own.events, { ...wanting, method: 'drc_status_notify', data: {} })
    await device.publish(its.state, { ...wanting, data: { mode_code: 0 } })
    // The dock itself has its properties acknowledged, too.
    const next = async (topic: string) =>
      z.object({ tid: z.string() }).parse((await device.next(topic)).payload).tid
    for (const topic of [own.eventsReply, its.stateReply])
      for (let tid = ''; tid !== 'wants'; ) tid = await next(topic)
  })

  await t.test('and what nobody answers is counted', async () => {
    const ask = await asker(backend)
    assert.deepEqual(await ask('storage_config_get', { module: 0 }), { result: 1 })
    const rejected = async () => JSON.stringify(await backend.must('GET', '/v1/rejected-messages'))
    await backend.until(rejected, (text) => text.includes('unsupportedRequest'))
  })

  await t.test('and not with a code that another has used', async (t) => {
    await assert.rejects(startMember(t, backend, code), /airport_organization_get|airport_organization_bind/)
  })

  await t.test('and it is removed, out of its organization too', async () => {
    await backend.must('DELETE', `/v1/docks/${dockSn}`)
    assert.equal((await backend.api('GET', `/v1/docks/${dockSn}`)).status, 404)
    assert.equal((await backend.api('DELETE', `/v1/docks/${dockSn}`)).status, 404)
    const left = await backend.must('GET', `/v1/docks/${dockSn}/log-uploads`)
    assert.deepEqual(left, { items: [] })
  })
})

test('a licence that nobody can use is told in the log and to the dock, and used once it is mended', {
  skip: onlyLocal,
}, async (t) => {
  const lines: string[] = []
  const { context, secrets } = withDockServer()
  secrets.set(licenceSecretArn, '{"appId":"1","appKey":"very-secret"}')
  const backend = await openLocal(t, { context, secrets, log: (_, line) => lines.push(line) })
  const ask = await asker(backend)
  assert.deepEqual(await ask('config', { config_type: 'json' }), { result: 1 })
  const text = await backend.until(
    async () => lines.join('\n'),
    (all) => all.includes('MalformedLicence'),
  )
  assert.match(text, /The licence secret must be JSON with appId, appKey and appLicense/)
  assert.doesNotMatch(text, /very-secret/)

  secrets.set(licenceSecretArn, '{"appId":7,"appKey":"k","appLicense":"l"}')
  assert.deepEqual(await ask('config', {}), { app_id: '7', app_key: 'k', app_license: 'l' })
})

test('what fails is tried again after a minute and after two, then kept, and put away by redrive', {
  skip: onlyLocal,
}, async (t) => {
  const clock = createClock()
  const backend = await open(t, { clock })
  const { requests, requestsReply } = topicsOf(newDockSn())
  const device = await backend.device(requestsReply)
  const ask = () => device.publish(requests, { tid: 't', method: 'flight_areas_get', data: null })

  backend.faults.failFunction('answer-docks', 2)
  await ask()
  for (const _ of [1, 2]) {
    await backend.idle()
    clock.advance(120_000)
  }
  await device.next(requestsReply)
  assert.deepEqual(backend.deadLetters(), [])

  backend.faults.failFunction('answer-docks', 3)
  await ask()
  for (const _ of [1, 2]) {
    await backend.idle()
    clock.advance(120_000)
  }
  const [letter] = await backend.until(
    async () => backend.deadLetters(),
    ({ length }) => length === 1,
  )
  assert.match(letter?.queue ?? '', /AnswerFailures/)
  assert.ok((await operatorsQueues(t, backend)).queues.has('AnswerFailures'))
})

test('a rule that the function does not let in hands over to the queue for failures', {
  skip: onlyLocal,
}, async (t) => {
  for (const change of [
    { SourceAccount: '123456789012' },
    { SourceArn: 'arn:aws:iot:eu-central-1:000000000000:rule/other' },
  ])
    await t.test(Object.keys(change).join(), async (t) => {
      const backend = await open(t, {
        alter: ({ Resources }) => {
          for (const { Type, Properties } of Object.values(Resources))
            if (Type === 'AWS::Lambda::Permission' && Properties?.Principal === 'iot.amazonaws.com')
              Object.assign(Properties, change)
        },
      })
      const device = await backend.device()
      await device.publish(topicsOf(newDockSn()).requests, { tid: 't', method: 'config', data: {} })
      const [letter, ...others] = backend.deadLetters()
      assert.deepEqual(others, [])
      assert.match(letter?.queue ?? '', /RuleFailures/)
      assert.match(letter?.body ?? '', /"failedAction":"LambdaAction".*lets no iot\.amazonaws\.com in/)
    })
})
