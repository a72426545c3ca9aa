import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import { GetCommand } from '@aws-sdk/lib-dynamodb'
import fc from 'fast-check'
import { removedDocks } from '../../../lambdas/registry/removed.ts'
import { topologyKey } from '../../../lambdas/table/keys.ts'
import { overtaken } from '../../support/failing-table.ts'
import { wireOrganizations } from '../../support/organizations.ts'
import { rounds } from '../../support/rounds.ts'
import { openTable } from '../../support/table.ts'

const minute = 60_000

describe('what a dock reports about its aircraft', () => {
  const world = openTable()
  let use: ReturnType<typeof wireOrganizations>
  let count = 0
  let [dock, aircraft] = ['', '']
  const anew = (): void => {
    use = wireOrganizations(world.table)
    count += 1
    ;[dock, aircraft] = [`7CTDM${count}`, `1581F${count}`]
  }
  beforeEach(anew)
  const kept = async (dockSn = dock) => {
    const { table } = world
    const { Item } = await table.client.send(
      new GetCommand({ TableName: table.name, Key: topologyKey(dockSn), ConsistentRead: true }),
    )
    return Item
  }
  const keptAircraft = async (dockSn = dock) => (await kept(dockSn))?.aircraft

  it('is kept with its models, and is the aircraft that a registered dock shows, off or on', async () => {
    await use.docks.register(dock, { aircraftSn: 'TYPED' }, 'all', use.clock.now)
    assert.equal(await use.topology(dock, [aircraft]), 0)
    const item = await kept()
    assert.deepEqual([item?.dockModel, item?.aircraft], ['3-3-0', [{ sn: aircraft, model: '0-100-1' }]])
    use.clock.now += minute
    assert.equal(await use.topology(dock, []), 0)
    assert.deepEqual(await keptAircraft(), [])
    assert.equal((await use.docks.find(dock, 'all'))?.connectedAircraftSn, aircraft)
  })

  it('costs two units when repeated, and keeps out late reports from in between', async () => {
    await use.topology(dock, [aircraft])
    use.clock.now += minute
    world.used.splice(0)
    assert.equal(await use.topology(dock, [aircraft]), 0)
    const units = world.used.flatMap((one) => (one.kind === 'write' ? [one.units] : []))
    assert.deepEqual(units, [2])
    assert.equal(await use.topology(dock, [], use.clock.now - 1), 0)
    assert.deepEqual(await keptAircraft(), [{ sn: aircraft, model: '0-100-1' }])
  })

  it('is without aircraft by its last will, which is no report of its own', async () => {
    await use.topology(dock, [aircraft])
    assert.equal((await kept())?.asksNothing, undefined)
    use.clock.now += minute
    assert.deepEqual(await use.lastWill(dock), [])
    const item = await kept()
    assert.deepEqual([item?.aircraft, item?.asksNothing], [[], true])
    use.clock.now += minute
    await use.topology(dock, [aircraft])
    assert.equal((await kept())?.asksNothing, undefined)
  })

  const faults: [reason: string, saying: () => Promise<number | undefined>][] = [
    ['tooManyAircraft', () => use.topology(dock, ['A1', 'A2', 'A3'])],
    ['aircraftIsADock', () => use.topology(dock, [dock])],
    [
      'aircraftIsADock',
      async () => {
        await use.docks.register(`${dock}B`, {}, 'all', use.clock.now)
        return use.topology(dock, [`${dock}B`])
      },
    ],
    [
      'aircraftOfAnotherDock',
      async () => {
        await use.topology(`${dock}B`, [aircraft])
        use.clock.now += 9 * minute
        return use.topology(dock, [aircraft])
      },
    ],
    [
      'aircraftBoundElsewhere',
      async () => {
        const [code, other] = [await use.code(), `${dock}B`]
        await use.bind(other, { [other]: { code }, [aircraft]: { code } })
        use.clock.now += 60 * minute
        return use.topology(dock, [aircraft])
      },
    ],
  ]
  for (const [reason, saying] of faults)
    it(`is refused and counted, and changes nothing: ${reason}`, async () => {
      assert.equal(await saying(), 1)
      assert.deepEqual(await use.rejectedReasons(dock), [reason])
      assert.equal(await kept(), undefined)
    })

  it('is refused from the eleventh new aircraft of a day on, a hundred one after the other', async () => {
    const results: (number | undefined)[] = []
    for (let n = 0; n < 100; n++) {
      use.clock.now += 1000
      results.push(await use.topology(dock, [`${aircraft}N${n}`]))
    }
    assert.deepEqual(
      results,
      Array.from({ length: 100 }, (_, n) => (n < 10 ? 0 : 1)),
    )
    assert.deepEqual(await keptAircraft(), [{ sn: `${aircraft}N9`, model: '0-100-1' }])
    // Those that it has had already are none of them.
    assert.equal(await use.topology(dock, [`${aircraft}N3`], use.clock.now + 1), 0)
  })

  it('keeps an aircraft with its dock as long as it is named, whether it is bound or not', async () => {
    await use.bind(dock, { [dock]: { code: await use.code() } })
    for (const minutes of [0, 6, 12]) {
      const at = use.clock.now + minutes * minute
      assert.equal(await use.topology(dock, [aircraft], at), 0)
      assert.equal(await use.topology(`${dock}B`, [aircraft], at + 5 * minute), 1)
    }
  })

  it('moves the aircraft to another dock once the one before has not named it for ten minutes', async () => {
    await use.topology(dock, [aircraft])
    use.clock.now += 10 * minute
    assert.equal(await use.topology(`${dock}B`, [aircraft]), 0)
    assert.equal(await use.topology(dock, [aircraft], use.clock.now + 1), 1)
  })

  describe('is decided again if at that moment', () => {
    /** Reported to a function that is overtaken as it writes. */
    const reportOvertaken = (happens: () => Promise<unknown>, at = use.clock.now) =>
      wireOrganizations(overtaken(world.table, /^TransactWrite/, happens)).topology(dock, [aircraft], at)

    it('a newer report is recorded', async () => {
      const newer = () => use.topology(dock, [], use.clock.now + 1)
      assert.equal(await reportOvertaken(newer), 0)
      assert.deepEqual(await keptAircraft(), [])
    })

    it('the dock is removed', async () => {
      const registered = await use.docks.register(dock, {}, 'all', use.clock.now)
      assert.ok(registered)
      const removed = () => removedDocks(world.table).remove(registered, { at: use.clock.now, by: 'ann' })
      assert.equal(await reportOvertaken(removed), 0)
      assert.equal(await use.docks.find(dock, 'all'), undefined)
    })

    it('another dock reports the aircraft', async () => {
      assert.equal(await reportOvertaken(() => use.topology(`${dock}B`, [aircraft])), 1)
    })

    for (const isBound of [false, true])
      it(`a request, delivered late, binds the aircraft of ${isBound ? 'a bound' : 'an unbound'} dock elsewhere`, async () => {
        const [code, theirs] = [await use.code(), await use.code({ organization: 'other' })]
        if (isBound) await use.bind(dock, { [dock]: { code } })
        const at = use.clock.now + 10 * minute
        const elsewhere = { code: theirs, organization: 'other' }
        const bound = () => use.bind(`${dock}B`, { [`${dock}B`]: elsewhere, [aircraft]: elsewhere })
        assert.equal(await reportOvertaken(bound, at), 1)
        assert.deepEqual(await use.rejectedReasons(dock), ['aircraftBoundElsewhere'])
      })

    it('the dock names another new aircraft: the eleventh of a day stays refused', async () => {
      const named = (n: number) => use.topology(dock, [`${aircraft}N${n}`], use.clock.now + n)
      for (let n = 1; n <= 8; n++) assert.equal(await named(n), 0)
      assert.equal(await reportOvertaken(() => named(9), use.clock.now + 10), 0)
      assert.equal(await named(11), 1)
    })
  })

  it('counts by when the broker received it, in whatever order and however often it comes', async () => {
    const saying = fc.array(fc.constantFrom<string[]>([], ['A'], ['B'], ['A', 'B']), {
      minLength: 1,
      maxLength: 5,
    })
    const order = fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true }))
    await fc.assert(
      fc.asyncProperty(saying, order, async (said, random) => {
        anew()
        const timed = said.map((names, n) => ({
          sns: names.map((name) => `${dock}${name}`),
          at: use.clock.now + n,
        }))
        const ranks = [...timed, ...timed].map((one) => ({ one, rank: random.next().value ?? 0 }))
        for (const { one } of ranks.sort((a, b) => a.rank - b.rank))
          assert.equal(await use.topology(dock, one.sns, one.at), 0)
        assert.deepEqual(
          (await keptAircraft())?.map(({ sn }: { sn: string }) => sn),
          timed.at(-1)?.sns,
        )
      }),
      rounds(100),
    )
  })
})
