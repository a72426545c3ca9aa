import '../../support/quiet-logs.ts'

import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { withinMs } from '../../../lambdas/runtime/time-left.ts'
import { onClock, sweepDue } from '../../../lambdas/sweeps/on-clock.ts'
import type { Key } from '../../../lambdas/table/pages.ts'

/** A sweep over names, on a list that a test makes up; its timer rings when the test says so. */
const sweepOf = (names: readonly string[]) => {
  const rings = new Set<() => void>()
  const postponed: string[] = []
  const attended: string[] = []
  const due = {
    list: async function* (): AsyncGenerator<Key> {
      for (const pk of names) yield { pk, sk: 'x' }
    },
    postpone: async ({ pk }: Key) => {
      postponed.push(pk)
    },
  }
  const timer = (_: number, ring: () => void) => {
    rings.add(ring)
    return () => rings.delete(ring)
  }
  const run = (check: (name: string) => Promise<(() => Promise<void>) | undefined>) =>
    sweepDue(
      { due, now: () => 0, timer },
      {
        name: 'test',
        subjectOf: ({ pk }) => (pk === '' ? undefined : { deviceId: pk }),
        check: ({ deviceId }) => {
          attended.push(deviceId)
          return check(deviceId)
        },
      },
    )
  const ring = () => {
    for (const one of rings) one()
  }
  return { run, due, postponed, attended, ring }
}
const named = (count: number) => Array.from({ length: count }, (_, n) => `n${n}`)
const never = () => new Promise<never>(() => {})

suite('A sweep', () => {
  test('looks once at what is listed twice, and ignores foreign items', async () => {
    const sweep = sweepOf(['a', 'b', 'a', '', 'b'])
    await sweep.run(async () => undefined)
    assert.deepEqual(sweep.attended, ['a', 'b'])
  })

  test('postpones what fails or hangs, and nothing else', async () => {
    const names = named(50)
    const sweep = sweepOf(names)
    await sweep.run(async (name) => {
      if (name === 'n49') sweep.ring()
      if (name === 'n7') throw new Error('out of order')
      return name === 'n3' ? never() : undefined
    })
    assert.deepEqual([sweep.attended.length, sweep.postponed.toSorted()], [50, ['n3', 'n7']])
  })

  test('looks at all before it does what may take long', async () => {
    const sweep = sweepOf(named(60))
    let begun = 0
    await sweep.run(async () => async () => {
      begun += 1
      assert.equal(sweep.attended.length, 60)
    })
    assert.deepEqual([begun, sweep.postponed], [60, []])
  })

  test('processes many items at once, but not all', async () => {
    const sweep = sweepOf(named(500))
    let [now, most] = [0, 0]
    await sweep.run(async () => {
      now += 1
      most = Math.max(most, now)
      await setImmediate()
      now -= 1
      return undefined
    })
    assert.ok(most > 1 && most <= 20, String(most))
  })

  test('begins nothing that it has no time for, and leaves it as it is', async () => {
    const sweep = sweepOf(named(5))
    await withinMs(9_000, () => sweep.run(async () => undefined))
    assert.deepEqual([sweep.attended, sweep.postponed], [[], []])
  })

  test('completes what was listed before it reports a failed listing', async () => {
    const sweep = sweepOf(['a'])
    const { list } = sweep.due
    sweep.due.list = async function* () {
      yield* list()
      throw new Error('no such index')
    }
    let done = false
    const run = sweep.run(async () => async () => {
      done = true
    })
    await assert.rejects(run, /no such index/)
    assert.ok(done)
  })
})

suite('A scheduled function', () => {
  test('is wired once, again after a wiring that failed, and ends before Lambda ends it', async () => {
    let wired = 0
    const sweep = sweepOf(['a'])
    const handler = onClock(() => {
      wired += 1
      if (wired === 1) throw new Error('Missing environment variables: TABLE_NAME')
      return () => sweep.run(async () => undefined)
    })
    await assert.rejects(handler({}, { getRemainingTimeInMillis: () => 50_000 }), /TABLE_NAME/)
    await handler({}, { getRemainingTimeInMillis: () => 12_000 })
    assert.deepEqual(sweep.attended, [])
    await handler({}, { getRemainingTimeInMillis: () => 50_000 })
    assert.deepEqual([sweep.attended, wired], [['a'], 2])
  })
})
