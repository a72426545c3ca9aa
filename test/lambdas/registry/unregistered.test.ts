import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as z from 'zod'
import { wireApi } from '../../support/api.ts'
import { wireBackend } from '../../support/backend.ts'
import { batchOf, progressPayload, queued, replyPayload } from '../../support/dock-messages.ts'
import { openTable } from '../../support/table.ts'
import { opened } from '../../support/upload-facts.ts'

const Dock = z.looseObject({ heardAs: z.object({ dockSn: z.string(), seenAt: z.string() }).optional() })

/**
 * A serial number that is written in other capitals is another topic: what we send never reaches the dock.
 */
describe('a dock that uses other letter case than it is registered with', () => {
  const world = openTable()
  let docks = 0

  const registered = async (spell: (serial: string) => string) => {
    docks += 1
    const serial = `7CTDm${docks}0Xy`
    const [dockSn, spoken] = [spell(serial), serial]
    const backend = wireBackend(world.table)
    const api = wireApi(world.table)
    assert.equal(
      (await api.call('registerDock', { params: { dockSn }, body: { fleet: 'north' } })).status,
      200,
    )
    const heardAs = async (of = dockSn) =>
      Dock.parse((await api.call('getDock', { params: { dockSn: of } })).body).heardAs
    const from = (payload: unknown, dockSn = spoken) =>
      batchOf(queued({ dockSn, payload, receivedAt: opened + 7 }))
    return { dockSn, spoken, backend, api, heardAs, from }
  }
  const lower = (serial: string) => serial.toLowerCase()
  const seenAt = new Date(opened + 7).toISOString()

  const foreign = progressPayload('b', [{ key: 'other.tar', progress: { status: 'ok' } }])
  const said: [what: string, by: 'replies' | 'progress', payload: unknown][] = [
    ['answers a command that is not ours', 'replies', replyPayload('another', { result: 0 })],
    ['sends an answer that nobody understands', 'replies', '{'],
    ['sends a report that nobody understands', 'progress', '{'],
    [
      'reports of an upload that nobody knows',
      'progress',
      progressPayload('b', [{ module: '3', progress: { status: 'ok' } }]),
    ],
    ['exports for another platform', 'progress', foreign],
  ]
  for (const [what, by, payload] of said)
    it(`shows in its record when it ${what}`, async () => {
      for (const spell of [lower, (serial: string) => serial.toUpperCase()]) {
        const { backend, from, heardAs, spoken } = await registered(spell)
        assert.equal(await heardAs(), undefined)
        assert.deepEqual(await backend[by](from(payload)), [])
        assert.deepEqual(await heardAs(), { dockSn: spoken, seenAt })
      }
    })

  it('does not show in the record once it is registered as it writes itself', async () => {
    const { api, backend, from, heardAs, spoken } = await registered(lower)
    await backend.progress(from('{'))
    await api.call('registerDock', { params: { dockSn: spoken }, body: { fleet: 'north' } })
    assert.equal(await heardAs(spoken), undefined)
  })

  it('is not mistaken for one that is registered as it writes itself, or for another serial number', async () => {
    const { backend, from, heardAs, dockSn } = await registered(lower)
    await backend.progress(from('{', dockSn))
    await backend.progress(from('{', `${dockSn}0`))
    assert.equal(await heardAs(), undefined)
  })

  it('shows when it was last heard, whichever function records that last', async () => {
    const { spoken, heardAs } = await registered(lower)
    for (const receivedAt of [opened + 6, opened + 7, opened + 6])
      await wireBackend(world.table).progress(batchOf(queued({ dockSn: spoken, payload: '{', receivedAt })))
    assert.deepEqual(await heardAs(), { dockSn: spoken, seenAt })
  })

  it('costs nothing if it is understood, and little if it floods', async () => {
    const { backend, from } = await registered(lower)
    const { id, keyOf, dockSn } = await backend.open(`KNOWN${docks}`)
    const report = (n: number) => {
      const progress = { status: 'file_zip', progress: n }
      return from(progressPayload(id, [{ module: '3', key: keyOf('dock'), progress }]), dockSn)
    }
    await backend.progress(report(1))
    world.used.splice(0)
    await backend.progress(report(2))
    assert.deepEqual(
      world.used.map(({ kind }) => kind),
      ['write'],
    )
    const answer = from(replyPayload('another', { result: 0 }))
    await backend.replies(answer)
    world.used.splice(0)
    for (let n = 0; n < 5; n++) await backend.replies(answer)
    assert.deepEqual(
      world.used.map(({ kind }) => kind),
      Array(5).fill('read'),
      'the look for the command alone',
    )
  })
})
