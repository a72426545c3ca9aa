import assert from 'node:assert/strict'
import { suite, type TestContext, test } from 'node:test'
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt'
import * as z from 'zod/mini'
import { createClock } from '../../local/clock.ts'
import { withDockServer } from '../../local/dock-server.ts'
import type { StartOptions } from '../../local/start-options.ts'
import { newDockSn, onlyLocal, openLocal, shareLocal } from '../support/story.ts'

const Made = z.object({ userName: z.string(), password: z.string() })
const Accounts = z.object({
  items: z.array(z.object({ userName: z.string(), dockSn: z.optional(z.string()) })),
})

const clock = createClock()
const settings = { ...withDockServer(), clock }
const shared = shareLocal(settings)

/** An account, and a dock of the test's own that has it. */
const open = async (t: TestContext, options?: StartOptions) => {
  const backend = await (options ? openLocal(t, { ...settings, ...options }) : shared(t))
  const sn = newDockSn()
  const { userName: username, password } = Made.parse(
    await backend.must('POST', '/v1/dock-accounts', { fleet: 'default' }),
  )
  const connect = async (more: IClientOptions = {}): Promise<MqttClient> => {
    const options = { clientId: sn, username, password, reconnectPeriod: 0, ...more }
    const client = await connectAsync(backend.dockUrl, options, false)
    client.on('error', () => {})
    t.after(() => client.endAsync(true))
    return client
  }
  return { backend, sn, username, connect, account: `/v1/dock-accounts/${username}` }
}

/** What the connection ends for, or that it does not: then the answer comes. */
const survives = async (client: MqttClient, act: () => Promise<unknown>): Promise<boolean> => {
  const ended = new Promise<false>((resolve) => client.once('close', () => resolve(false)))
  return Promise.race([
    act().then(
      () => true,
      () => ended,
    ),
    ended,
  ])
}
const closed = (client: MqttClient): Promise<void> =>
  new Promise((resolve) => client.once('close', () => resolve()))

suite('A dock with an account', { skip: onlyLocal }, () => {
  test('comes in, is its own, and nobody else’s connection', async (t) => {
    const { backend, connect, sn, username, account } = await open(t)
    const dock = await connect()
    const { items } = Accounts.parse(await backend.must('GET', '/v1/dock-accounts'))
    await backend.untilCaughtUp()
    assert.ok(items.every(({ userName }) => userName === username))
    await assert.rejects(connect({ clientId: 'ANOTHER' }), /Not authorized/)
    await assert.rejects(connect({ clientId: `${sn}-8`, password: 'guessed' }), /Not authorized/)
    const second = await connect({ clientId: `${sn}-1763765000000` })

    const ended = Promise.all([closed(dock), closed(second)])
    assert.equal((await backend.api('DELETE', account)).status, 204)
    await ended
    await assert.rejects(connect(), /Not authorized/)
  })

  const tries: [what: string, act: (dock: MqttClient, sn: string) => Promise<unknown>, survives: boolean][] =
    [
      [
        'says what it does',
        (dock, sn) => dock.publishAsync(`thing/product/${sn}/osd`, '{}', { qos: 1 }),
        true,
      ],
      ['listens to its commands', (dock, sn) => dock.subscribeAsync(`thing/product/${sn}/services`), true],
      ['listens to all that is its own', (dock, sn) => dock.subscribeAsync(`thing/product/${sn}/#`), true],
      [
        'speaks as another dock',
        (dock) => dock.publishAsync('thing/product/ANOTHER/osd', '{}', { qos: 1 }),
        false,
      ],
      [
        'speaks for an aircraft',
        (dock) => dock.publishAsync('thing/product/AIR1/osd', '{}', { qos: 1 }),
        false,
      ],
      [
        'commands itself',
        (dock, sn) => dock.publishAsync(`thing/product/${sn}/services`, '{}', { qos: 1 }),
        false,
      ],
      ['speaks for the broker', (dock) => dock.publishAsync('$aws/events/x', '{}', { qos: 1 }), false],
      ['listens to another dock', (dock) => dock.subscribeAsync('thing/product/ANOTHER/services'), false],
      ['listens to all docks', (dock) => dock.subscribeAsync('thing/product/+/services'), false],
      ['listens to all', (dock) => dock.subscribeAsync('#'), false],
      ['listens to the broker', (dock) => dock.subscribeAsync('$aws/events/#'), false],
    ]

  test('stays connected while it speaks and hears as itself alone', async (t) => {
    const { connect, sn } = await open(t)
    for (const [what, act, expected] of tries) {
      const dock = await connect()
      assert.equal(await survives(dock, () => act(dock, sn)), expected, what)
      await dock.endAsync(true)
    }
  })

  test('speaks for its aircraft once its policy is refreshed', async (t) => {
    const { backend, connect, sn } = await open(t)
    const dock = await connect()
    await backend.must('PUT', `/v1/docks/${sn}`, { aircraftSn: 'AIR1' })
    clock.advance(300_000)
    await backend.idle()
    const act = () => dock.publishAsync('thing/product/AIR1/events', '{}', { qos: 1 })
    assert.equal(await survives(dock, act), true)
  })

  test('is cut off when a refresh finds it in another fleet, and after a day in any case', async (t) => {
    const { backend, connect, sn } = await open(t)
    const dock = await connect()
    await backend.must('PUT', `/v1/docks/${sn}`, { fleet: 'default' })
    const gone = closed(dock)
    clock.advance(86_400_000)
    await gone
    const again = await connect()
    await backend.must('PUT', `/v1/docks/${sn}`, { fleet: 'south' })
    const goneAgain = closed(again)
    clock.advance(300_000)
    await goneAgain
  })

  test('is refused where the function fails, lacks a right, or IoT Core may not invoke it', async (t) => {
    const { backend, connect } = await open(t)
    backend.faults.failFunction('authorize-dock')
    await assert.rejects(connect(), /Not authorized/)
    await connect()
    const warned: string[] = []
    const other = await open(t, {
      warn: (line) => void warned.push(line),
      alter: ({ Resources }) => {
        for (const [id, { Type }] of Object.entries(Resources))
          if (Type === 'AWS::Lambda::Permission' && id.includes('AskedByIotCore')) delete Resources[id]
      },
    })
    await assert.rejects(other.connect(), /Not authorized/)
    // The broker says so a moment after the client knows.
    await other.backend.until(
      async () => warned.join('\n'),
      (text) => text.includes('no permission to invoke'),
    )
  })
})
