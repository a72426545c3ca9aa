import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { claimsOf } from '../../lambdas/logs/claims.ts'
import { readTraffic } from '../../protocols/dji-dock/traffic.ts'
import { readFirmware, readNeedsReply, readRequest, readTopology } from '../../protocols/dji-dock/up.ts'
import { readOfferReply, readUpgradeProgress } from '../../protocols/dji-firmware/up.ts'
import { readDebugReply, readPowerProgress } from '../../protocols/dji-remote-debug/up.ts'
import { readProgress, readReply } from '../../protocols/dji-remote-log/up.ts'
import { maxServices, readEvents } from '../../protocols/huawei-ota/up.ts'
import { cases } from './cases.ts'
import { spoiltBytes } from './changes.ts'
import { leavesNoMemory } from './memory.ts'

const examplesOf = (protocol: string): unknown[] => {
  const folder = join(import.meta.dirname, '../../protocols', protocol, 'examples')
  const names = readdirSync(folder).filter((name) => name.startsWith('up-'))
  return names.map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')))
}
const dji = examplesOf('dji-remote-log')
const djiAlarms = examplesOf('dji-alarms')
const djiDebug = examplesOf('dji-remote-debug')
const djiDock = examplesOf('dji-dock')
const djiFirmware = examplesOf('dji-firmware')
const huawei = examplesOf('huawei-ota')

const dockSn = '7CTDM00000000A1'
const receipt = { receivedAt: 1_800_000_000_000, receiptId: '4f0c' }

/** The largest answer to 128 KiB, the most that a broker takes: a listing of very many logs. */
const largest = 256 * 1024

/** A few ids and numbers. */
const tiny = 2 * 1024

/** Sixteen devices, each with a few texts of 128 characters, and the places of a hundred fields. */
const smallest = 64 * 1024

/** What was read has an outcome that there is, and is no larger than it may be. */
const isRead = (read: { outcome: string }, most: number): void => {
  assert.match(read.outcome, /^(understood|heard|ignored|notUnderstood)$/)
  const { dropped, ...rest } = 'dropped' in read ? read : { ...read, dropped: [] }
  assert(JSON.stringify(most === tiny ? rest : read).length <= most)
}

const holds = (payloads: fc.Arbitrary<Buffer>, check: (payload: Buffer) => void) =>
  leavesNoMemory(() => fc.assert(fc.property(payloads, check), { numRuns: cases.pure }))

suite('whatever a device sends, a reader says what it is, in bounds', () => {
  test('a progress report of a dock, and what it claims', () =>
    holds(spoiltBytes(dji), (payload) => {
      const read = readProgress(dockSn, payload)
      isRead(read, largest)
      if (read.outcome !== 'understood') return
      // A dock exports one archive of each of two modules; a report of more may not cost more writes than a
      // few.
      assert(claimsOf(dockSn, read.fact, receipt).claims.length <= 5)
    }))

  test('an answer of a dock', () =>
    holds(spoiltBytes(dji), (payload) => isRead(readReply(dockSn, payload), largest)))

  test('a question or a topology of a dock, in what is stored and answered', () =>
    holds(spoiltBytes(djiDock), (payload) => {
      const all = [readRequest(dockSn, payload), readTopology(dockSn, payload)]
      for (const read of [...all, readNeedsReply(payload), readFirmware(payload)]) isRead(read, smallest)
    }))

  test('what a relay between two brokers looks at', () => {
    const topics = ['thing/product/D1/events', 'thing/product/D1/services_reply', 'thing/product/D1/osd']
    const others = ['thing/product/D1/state', 'sys/product/D1/status', 'thing/product/D1/requests']
    const documents = [...dji, ...djiDebug, ...djiDock, ...djiFirmware, ...djiAlarms]
    return holds(spoiltBytes(documents), (payload) => {
      for (const topic of [...topics, ...others]) {
        const read = readTraffic(topic, payload)
        assert(read && JSON.stringify(read).length <= smallest)
      }
    })
  })

  test('what a dock says of an upgrade', () =>
    holds(spoiltBytes(djiFirmware), (payload) => {
      isRead(readOfferReply(payload), tiny)
      isRead(readUpgradeProgress(dockSn, payload), tiny)
    }))

  test('what a dock says of its debug mode', () =>
    holds(spoiltBytes(djiDebug), (payload) => {
      isRead(readDebugReply(payload), tiny)
      isRead(readPowerProgress(dockSn, payload), tiny)
    }))

  test('a message of a device that is upgraded', () =>
    holds(spoiltBytes(huawei), (payload) => {
      const events = readEvents('device-1', payload)
      assert(events.length <= maxServices + 1)
      assert(JSON.stringify(events).length <= largest)
      for (const event of events) isRead(event, largest)
    }))
})
