import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { meaningOf } from '../../../protocols/huawei-ota/meaning.ts'
import { explainOtaResult } from '../../../protocols/huawei-ota/results.ts'
import { deviceIdPattern } from '../../../protocols/huawei-ota/topics.ts'
import { maxServices, readEvents } from '../../../protocols/huawei-ota/up.ts'
import { spoiltJson } from '../../fuzz/changes.ts'
import { beside } from '../spoilt.ts'
import { deviceId, example, payload, readOne, understood, upgradeService, versionService } from './payload.ts'

const outcomes = ['understood', 'heard', 'ignored', 'notUnderstood']
const names = [
  'up-upgrade_progress_report',
  'up-version_report',
  'up-several-services',
  'up-upgrade_progress_report-python-child',
  'up-upgrade_progress_report-c',
]
const examples: unknown[] = names.map((name) => JSON.parse(example(name).toString()))

const hasOutcomes = (bytes: Uint8Array): boolean => {
  const events = readEvents(deviceId, bytes)
  return events.length <= maxServices + 1 && events.every(({ outcome }) => outcomes.includes(outcome))
}

const odd = fc.constantFrom(1e300, -1, 80.5, 101, true, '', '0', '1e5', 'NaN', null, [], {}, [[]], '\ud800')
const changedExample = spoiltJson(examples)

/**
 * What a fact must be to be stored and shown: nothing undefined, no number a database refuses, no endless
 * text.
 */
const isStorable = (value: unknown): boolean => {
  if (typeof value === 'number') return Number.isSafeInteger(value)
  if (typeof value === 'string')
    return value.isWellFormed() && value.length <= 1_000 && !/\p{Cc}/u.test(value)
  return typeof value === 'object' && value !== null && Object.values(value).every(isStorable)
}

describe('the reader', () => {
  it('has outcomes for any services, and any parameters of ours', () => {
    const service = fc.record(
      {
        service_id: fc.oneof(fc.constant('$ota'), fc.jsonValue()),
        event_type: fc.constantFrom('upgrade_progress_report', 'version_report', 5, null),
        event_time: fc.jsonValue(),
        paras: fc.oneof(
          fc.jsonValue(),
          fc.record({ result_code: odd, progress: odd, version: odd, fw_version: odd, sw_version: odd }),
        ),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(fc.array(service), fc.jsonValue(), (services, object_device_id) =>
        hasOutcomes(payload({ object_device_id, services })),
      ),
    )
  })

  it('produces facts that can be stored, judged and explained, whatever is wrong with an example', () => {
    fc.assert(
      fc.property(changedExample, (message) => {
        for (const event of readEvents(deviceId, payload(message))) {
          if (event.outcome !== 'understood') continue
          const { fact } = event
          assert.ok(isStorable(fact))
          assert.match(fact.deviceId, deviceIdPattern)
          if (fact.kind !== 'upgradeReport') continue
          assert.ok(fact.percent === undefined || (fact.percent >= 0 && fact.percent <= 100))
          assert.equal(explainOtaResult(fact.resultCode).code, fact.resultCode)
          assert.ok(meaningOf(fact, 'v1').state)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('reads the essential fields, whatever other fields there are', () => {
    const read = (service: object) => understood(readOne(service))
    fc.assert(
      fc.property(
        fc.integer({ min: -1, max: 300 }),
        beside('progress version description odd'),
        beside('event_time event_id odd'),
        (result_code, paras, service) => {
          const fact = read(upgradeService({ ...paras, result_code }, service))
          assert.ok(fact.kind === 'upgradeReport' && fact.resultCode === result_code)
        },
      ),
    )
    const versions = fc.constantFrom('fw_version', 'sw_version')
    fc.assert(
      fc.property(
        versions,
        beside('fw_version sw_version odd'),
        beside('event_time'),
        (name, paras, service) => {
          const fact = read(versionService({ ...paras, [name]: 'v1' }, service))
          assert.equal(
            fact.kind === 'versionReport' && fact[name === 'fw_version' ? 'firmware' : 'software'],
            'v1',
          )
        },
      ),
    )
  })

  it('reads each service as if it were alone', () => {
    const services = fc.array(
      fc.constantFrom(
        ...examples.flatMap((message): unknown[] => {
          const list = message !== null && typeof message === 'object' && 'services' in message
          return list && Array.isArray(message.services) ? message.services : []
        }),
        null,
      ),
    )
    fc.assert(
      fc.property(services, (list) => {
        const moved = (path: string, index: number) => path.replace('services[0]', `services[${index}]`)
        const alone = list.flatMap((service, index) =>
          readEvents(deviceId, payload({ services: [service] })).map((event) => {
            if (event.outcome === 'notUnderstood') return { ...event, path: moved(event.path, index) }
            if (event.outcome !== 'understood' || !event.dropped) return event
            return { ...event, dropped: event.dropped.map((path) => moved(path, index)) }
          }),
        )
        assert.deepEqual(readEvents(deviceId, payload({ services: list })), alone)
      }),
    )
  })

  it('reads the same bytes the same, and does not change them', () => {
    fc.assert(
      fc.property(changedExample, (message) => {
        const bytes = payload(message)
        const before = Buffer.from(bytes)
        assert.deepEqual(readEvents(deviceId, bytes), readEvents(deviceId, bytes))
        assert.deepEqual(Buffer.from(bytes), before)
      }),
    )
  })
})
