import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import { bindings } from '../../../lambdas/organizations/bindings.ts'
import { hashOfCode } from '../../../lambdas/organizations/codes.ts'
import { removedDocks } from '../../../lambdas/registry/removed.ts'
import { failOnce, NoConnection, overtaken } from '../../support/failing-table.ts'
import { wireOrganizations } from '../../support/organizations.ts'
import { openTable } from '../../support/table.ts'

const minute = 60_000
const codes = { wrong: 210_229, notBound: 210_231, elsewhere: 210_232, unknown: 210_234 }

describe('a dock that binds to an organization', () => {
  const world = openTable()
  let use: ReturnType<typeof wireOrganizations>
  let count = 0
  let [dock, aircraft] = ['', '']
  beforeEach(() => {
    use = wireOrganizations(world.table)
    count += 1
    ;[dock, aircraft] = [`7CTDM${count}`, `1581F${count}`]
  })
  const pair = (claim: object) => ({
    [dock]: { callSign: 'Roof', model: '3-3-0', ...claim },
    [aircraft]: claim,
  })

  it('is bound with its aircraft and so registered, and takes one use of the code', async () => {
    const code = await use.code({ fleet: 'north' })
    assert.deepEqual(await use.boundTo(dock, aircraft, dock), [undefined, undefined])
    assert.deepEqual(await use.name(dock, { code }), { result: 0, output: { organization_name: 'Acme' } })
    assert.deepEqual(await use.bind(dock, pair({ code })), { [dock]: 0, [aircraft]: 0 })
    assert.deepEqual(await use.boundTo(dock, aircraft, dock), ['acme', 'acme'])
    const { name, fleet, organizationId, boundAt } = (await use.docks.find(dock, ['north'])) ?? {}
    assert.deepEqual([name, fleet, organizationId, boundAt], ['Roof', 'north', 'acme', use.clock.now])
    assert.equal(await use.usesLeft(code), 0)
  })

  it('may ask again and again, whatever has become of the code: the answer stays, and takes no use', async () => {
    const code = await use.code({ uses: 2 })
    await use.bind(dock, pair({ code }))
    assert.deepEqual(await use.bind(dock, pair({ code })), { [dock]: 0, [aircraft]: 0 })
    assert.equal(await use.usesLeft(code), 1)
    await use.revoke(code)
    use.clock.now += 100 * 3_600_000
    assert.deepEqual(await use.bind(dock, pair({ code })), { [dock]: 0, [aircraft]: 0 })
    assert.equal((await use.name(dock, { code })).result, 0)
  })

  it('may type the code in small letters, with blanks and hyphens', async () => {
    const code = await use.code()
    const typed = ` ${code.slice(0, 4)}-${code.slice(4)} `.toLowerCase()
    assert.deepEqual(await use.bind(dock, { [dock]: { code: typed } }), { [dock]: 0 })
  })

  it('is registered in the fleet of its account, and by no code for another fleet', async () => {
    const [general, other] = [await use.code(), await use.code({ fleet: 'north' })]
    await use.ownedBy(dock, 'coast')
    assert.deepEqual(await use.bind(dock, { [dock]: { code: other } }), { [dock]: codes.notBound })
    assert.deepEqual(await use.bind(dock, { [dock]: { code: general } }), { [dock]: 0 })
    assert.equal((await use.docks.find(dock, 'all'))?.fleet, 'coast')
  })

  it('leaves the aircraft of another fleet’s dock where it is, whatever time has passed', async () => {
    const [mine, theirs] = [await use.code({ fleet: 'north' }), await use.code({ fleet: 'south', uses: 2 })]
    await use.bind(dock, pair({ code: mine }))
    const other = `${dock}X`
    use.clock.now += 60 * minute
    const asked = { [other]: { code: theirs }, [aircraft]: { code: theirs } }
    assert.deepEqual(await use.bind(other, asked), { [other]: 0, [aircraft]: codes.notBound })
    assert.equal(await use.topology(other, [aircraft]), 1)
    assert.equal(await use.topology(dock, [aircraft]), 0)
  })

  it('keeps the name and the fleet that it has', async () => {
    const code = await use.code()
    await use.docks.register(dock, { name: 'Mine', fleet: 'south' }, 'all', use.clock.now)
    assert.deepEqual(await use.bind(dock, pair({ code })), { [dock]: 0, [aircraft]: 0 })
    const { name, fleet } = (await use.docks.find(dock, 'all')) ?? {}
    assert.deepEqual([name, fleet], ['Mine', 'south'])
  })

  it('is bound by a code for the fleet that it is in', async () => {
    await use.docks.register(dock, { fleet: 'north' }, 'all', use.clock.now)
    const code = await use.code({ fleet: 'north' })
    assert.deepEqual(await use.bind(dock, { [dock]: { code } }), { [dock]: 0 })
  })

  it('has a call sign without invisible characters', async () => {
    const code = await use.code()
    await use.bind(dock, { [dock]: { code, callSign: 'Ro\u202eof\u200b' } })
    assert.equal((await use.docks.find(dock, 'all'))?.name, 'Roof')
  })

  const refusals: [what: string, expected: number, claim: () => Promise<object>][] = [
    [
      'an unknown organization',
      codes.unknown,
      async () => ({ organization: 'nobodys', code: await use.code() }),
    ],
    ['no organization', codes.unknown, async () => ({ organization: '', code: await use.code() })],
    ['a wrong code', codes.wrong, async () => ({ code: `${await use.code()}X` })],
    ['no code', codes.wrong, async () => ({ code: (await use.code()) && undefined })],
    [
      'a code of another organization',
      codes.wrong,
      async () => {
        await use.code()
        return { code: await use.code({ organization: 'other' }) }
      },
    ],
    [
      'a used code',
      codes.wrong,
      async () => {
        const code = await use.code()
        await use.bind(`${dock}B`, { [`${dock}B`]: { code } })
        return { code }
      },
    ],
    [
      'an expired code',
      codes.wrong,
      async () => {
        const code = await use.code({ hours: 1 })
        use.clock.now += 3_600_000
        return { code }
      },
    ],
    [
      'a revoked code',
      codes.wrong,
      async () => {
        const code = await use.code()
        await use.revoke(code)
        return { code }
      },
    ],
  ]
  for (const [what, expected, claimOf] of refusals)
    it(`is refused with ${what}, each device by itself, and nothing changes`, async () => {
      const claim = await claimOf()
      assert.equal((await use.name(dock, claim)).result, expected)
      assert.deepEqual(await use.bind(dock, pair(claim)), { [dock]: expected, [aircraft]: expected })
      assert.equal(await use.docks.find(dock, 'all'), undefined)
      assert.deepEqual(await use.boundTo(dock, dock, aircraft), [undefined, undefined])
    })

  it('is refused when it is bound elsewhere, and its code keeps its use', async () => {
    await use.bind(dock, pair({ code: await use.code({ organization: 'other' }), organization: 'other' }))
    const code = await use.code()
    assert.deepEqual(await use.bind(dock, pair({ code })), {
      [dock]: codes.elsewhere,
      [aircraft]: codes.elsewhere,
    })
    assert.equal(await use.usesLeft(code), 1)
    assert.deepEqual(await use.boundTo(dock, dock, aircraft), ['other', 'other'])
  })

  it('is refused when it is in another fleet than the code’s', async () => {
    await use.docks.register(dock, { fleet: 'south' }, 'all', use.clock.now)
    const code = await use.code({ fleet: 'north' })
    assert.deepEqual(await use.bind(dock, pair({ code })), {
      [dock]: codes.notBound,
      [aircraft]: codes.notBound,
    })
    assert.equal(await use.usesLeft(code), 1)
  })

  it('speaks for no other dock, and learns nothing about one', async () => {
    const code = await use.code({ uses: 5 })
    const other = `${dock}B`
    await use.bind(other, { [other]: { code } })
    assert.deepEqual(await use.boundTo(dock, other), [undefined])
    assert.deepEqual(await use.bind(dock, { [dock]: { code }, [other]: { code, model: '3-3-0' } }), {
      [dock]: 0,
      [other]: codes.notBound,
    })
    // A dock that nobody knows yet tells itself by its model.
    const unknown = { [`${dock}C`]: { code, model: '3-2-0' } }
    assert.deepEqual(await use.bind(dock, unknown), { [`${dock}C`]: codes.notBound })
    assert.deepEqual(await use.bind(dock, { 'A/B': { code } }), { 'A/B': codes.notBound })
  })

  it('does not get the aircraft that another dock has, until that one has lost it', async () => {
    const other = `${dock}B`
    const code = await use.code({ uses: 5 })
    await use.topology(other, [aircraft])
    assert.equal((await use.bind(dock, pair({ code })))[aircraft], codes.notBound)
    use.clock.now += 10 * minute
    assert.equal((await use.bind(dock, pair({ code })))[aircraft], 0)
  })

  it('binds no aircraft while it is bound to nothing itself, and no three devices', async () => {
    const code = await use.code()
    assert.deepEqual(await use.bind(dock, { [aircraft]: { code } }), { [aircraft]: codes.notBound })
    const three = await use.bind(dock, { ...pair({ code }), X1: { code } })
    assert.deepEqual(Object.values(three), [codes.notBound, codes.notBound, codes.notBound])
    assert.equal(await use.usesLeft(code), 1)
  })

  it('binds an aircraft that came later', async () => {
    const code = await use.code()
    await use.bind(dock, { [dock]: { code } })
    assert.deepEqual(await use.bind(dock, { [aircraft]: { code } }), { [aircraft]: 0 })
    assert.deepEqual(await use.boundTo(dock, aircraft), ['acme'])
  })

  it('cannot try out aircraft: the eleventh within a day is refused', async () => {
    const code = await use.code()
    await use.bind(dock, { [dock]: { code } })
    const outcomes: number[] = []
    for (let n = 0; n < 12; n++)
      outcomes.push(...Object.values(await use.bind(dock, { [`${aircraft}N${n}`]: { code } })))
    assert.deepEqual(outcomes, [...Array.from({ length: 10 }, () => 0), codes.notBound, codes.notBound])
    use.clock.now += 24 * 60 * minute
    assert.deepEqual(Object.values(await use.bind(dock, { [`${aircraft}N12`]: { code } })), [0])
  })

  it('shares a code’s uses with others that bind at the same moment: no use is taken twice', async () => {
    const code = await use.code({ uses: 3 })
    const docks = Array.from({ length: 6 }, (_, n) => `${dock}N${n}`)
    const outcomes = await Promise.all(docks.map((one) => use.bind(one, { [one]: { code } })))
    const bound = outcomes.flatMap((one) => Object.values(one)).filter((outcome) => outcome === 0)
    assert.ok(bound.length <= 3)
    // Who met others too often asks again.
    for (const one of docks) await use.bind(one, { [one]: { code } })
    const now = await Promise.all(
      docks.map(async (one) => (await use.docks.find(one, 'all'))?.organizationId),
    )
    assert.equal(now.filter((one) => one === 'acme').length, 3)
    assert.equal(await use.usesLeft(code), 0)
  })

  describe('is decided again if at that moment', () => {
    /** Binds by a function that is overtaken as it writes. */
    const bindOvertaken = (devices: Parameters<typeof use.bind>[1], happens: () => Promise<unknown>) => {
      const slow = wireOrganizations(overtaken(world.table, /^TransactWrite/, happens))
      slow.clock.now = use.clock.now
      return slow.bind(dock, devices)
    }
    const unbind = () => bindings(world.table).unbind(dock, 'all', { by: 'ann', now: use.clock.now })

    it('the dock is bound elsewhere', async () => {
      const [code, theirs] = [await use.code(), await use.code({ organization: 'other' })]
      const elsewhere = { [dock]: { code: theirs, organization: 'other' } }
      const outcome = await bindOvertaken({ [dock]: { code } }, () => use.bind(dock, elsewhere))
      assert.deepEqual(outcome, { [dock]: codes.elsewhere })
      assert.deepEqual([await use.boundTo(dock, dock), await use.usesLeft(code)], [['other'], 1])
    })

    it('the same request was delivered twice: it takes no second use', async () => {
      const code = await use.code({ uses: 2 })
      const devices = { [dock]: { code } }
      const outcome = await bindOvertaken(devices, () => use.bind(dock, devices))
      assert.deepEqual([outcome, await use.usesLeft(code)], [{ [dock]: 0 }, 1])
    })

    it('the dock is registered in another fleet than the code’s', async () => {
      const code = await use.code({ fleet: 'north' })
      const registered = () => use.docks.register(dock, { fleet: 'south' }, 'all', use.clock.now)
      assert.deepEqual(await bindOvertaken({ [dock]: { code } }, registered), { [dock]: codes.notBound })
      const { fleet, organizationId } = (await use.docks.find(dock, 'all')) ?? {}
      assert.deepEqual([fleet, organizationId], ['south', undefined])
    })

    it('another dock reports the aircraft', async () => {
      const code = await use.code()
      const outcome = await bindOvertaken(pair({ code }), () => use.topology(`${dock}B`, [aircraft]))
      assert.deepEqual(outcome, { [dock]: 0, [aircraft]: codes.notBound })
    })

    it('another dock’s request, delivered late, binds the aircraft elsewhere', async () => {
      const [code, theirs] = [await use.code(), await use.code({ organization: 'other' })]
      const elsewhere = { code: theirs, organization: 'other' }
      const outcome = await bindOvertaken(pair({ code }), async () => {
        use.clock.now -= 10 * minute
        await use.bind(`${dock}B`, { [`${dock}B`]: elsewhere, [aircraft]: elsewhere })
      })
      assert.deepEqual(outcome, { [dock]: 0, [aircraft]: codes.elsewhere })
      assert.deepEqual(await use.boundTo(`${dock}B`, aircraft), ['other'])
    })

    it('the code is revoked', async () => {
      const code = await use.code()
      const outcome = await bindOvertaken({ [dock]: { code } }, () => use.revoke(code))
      assert.deepEqual(outcome, { [dock]: codes.wrong })
      assert.equal(await use.docks.find(dock, 'all'), undefined)
    })

    it('the dock of an aircraft is unbound', async () => {
      const code = await use.code({ uses: 2 })
      await use.bind(dock, { [dock]: { code } })
      assert.deepEqual(await bindOvertaken({ [aircraft]: { code } }, unbind), { [aircraft]: codes.notBound })
      assert.deepEqual(await use.boundTo(dock, dock, aircraft), [undefined, undefined])
    })
  })

  it('leaves an aircraft to the dock that has it by now, when it is unbound', async () => {
    const [code, other] = [await use.code({ uses: 2 }), `${dock}B`]
    await use.bind(dock, pair({ code }))
    use.clock.now += 10 * minute
    await use.bind(other, { [other]: { code } })
    assert.equal(await use.topology(other, [aircraft]), 0)
    await bindings(world.table).unbind(dock, 'all', { by: 'ann', now: use.clock.now })
    assert.deepEqual(await use.boundTo(dock, dock), [undefined])
    assert.deepEqual(await use.boundTo(other, other, aircraft), ['acme', 'acme'])
  })

  it('keeps its list of aircraft if it is bound again, and stays away if it is removed, while it is unbound', async () => {
    const by = { by: 'ann', now: use.clock.now }
    const code = await use.code({ uses: 2 })
    await use.bind(dock, pair({ code }))
    const unbindOvertaken = (happens: () => Promise<unknown>) =>
      bindings(overtaken(world.table, /REMOVE boundAircraft/, happens)).unbind(dock, 'all', by)
    await unbindOvertaken(() => use.bind(dock, pair({ code })))
    await bindings(world.table).unbind(dock, 'all', by)
    assert.deepEqual(await use.boundTo(dock, dock, aircraft), [undefined, undefined])
    await use.bind(dock, pair({ code: await use.code() }))
    await unbindOvertaken(async () => {
      const known = (await use.docks.find(dock, 'all')) ?? assert.fail()
      assert.equal(await removedDocks(world.table).remove(known, { at: use.clock.now, by: 'ann' }), true)
    })
    assert.equal(await use.docks.find(dock, 'all'), undefined)
  })

  it('is unbound with its aircraft by a repeat, if that was interrupted', async () => {
    await use.bind(dock, pair({ code: await use.code() }))
    const by = { by: 'ann', now: use.clock.now }
    const interrupted = bindings(failOnce(world.table, /^UpdateCommand.*"AIRCRAFT"/))
    await assert.rejects(interrupted.unbind(dock, 'all', by), NoConnection)
    assert.equal(await bindings(world.table).unbind(dock, 'all', by), true)
    assert.deepEqual(await use.boundTo(dock, dock, aircraft), [undefined, undefined])
    const theirs = { code: await use.code({ organization: 'other' }), organization: 'other' }
    assert.deepEqual(await use.bind(dock, pair(theirs)), { [dock]: 0, [aircraft]: 0 })
  })

  it('needs a code that is the only one of its text, and is not brought back by its revocation', async () => {
    const code = await use.code()
    const [known] = await use.organizations.codes('acme', ({ hash }) => hash === hashOfCode(code))
    assert.ok(known)
    await assert.rejects(use.organizations.addCode('acme', { ...known, usesLeft: 9 }))
    assert.equal(await use.usesLeft(code), 1)
    assert.equal(await use.revoke('GONE'), undefined)
    assert.equal(await use.usesLeft('GONE'), undefined)
  })
})
