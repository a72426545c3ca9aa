import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Session } from '../../../lambdas/debugging/session.ts'
import { enter, type Input, type Outcome, type Seen, step, steps } from '../../../lambdas/debugging/steps.ts'
import { checkAtOf } from '../../../lambdas/debugging/store.ts'
import { type DebugCommand, debugCommands } from '../../../protocols/dji-remote-debug/facts.ts'

/** Debug mode as a table of steps: what is sent, and where it ends. Pure; times are seconds. */

const seconds = 1000
const start = 1_800_000_000_000
const holder = 'ann'
const nothingSeen: Seen = { cameAt: 0 }

/** A session under test, and what the dock was told. */
const opened = (more: Partial<Session> = {}) => {
  let now = start
  const at = () => ({ now, newId: () => randomUUID() })
  const fresh: Session = {
    phase: 'off',
    since: start,
    holder,
    until: start + 3600 * seconds,
    opens: [],
    ...more,
  }
  const told: DebugCommand[] = []
  const take = (outcome: Outcome | undefined) => {
    if (outcome?.send) told.push(outcome.send)
    session = outcome?.session ?? session
    return outcome
  }
  let session = fresh
  take(enter(fresh, 'opening', at()))
  const put = (input: Input) => take(step(session, input, at()))
  const id = () => session.sent?.ids.at(-1) ?? 'none'
  return {
    told,
    session: () => session,
    id,
    put,
    wait: (s: number, seen = nothingSeen) => {
      now += s * seconds
      return put({ kind: 'time', seen })
    },
    answer: (result = 0, commandId = id()) =>
      put({ kind: 'reply', commandId, result, isDone: false, at: now }),
    report: (end: 'done' | 'failed', result?: number) =>
      put({
        kind: 'progress',
        processId: session.sent?.processId ?? '',
        end,
        at: now,
        ...(result ? { result } : {}),
      }),
    /** From the command to open to an aircraft that is on. */
    toOn() {
      this.answer()
      this.answer()
      this.report('done')
      return this
    },
  }
}

const whole: DebugCommand[] = ['open', 'wake', 'sleep', 'close']

describe('an aircraft', () => {
  it('is on once the dock says so, and off again when its holder releases it', () => {
    const run = opened().toOn()
    assert.equal(run.session().phase, 'on')
    assert.equal(run.put({ kind: 'release', holder: 'bob' }), undefined)
    run.put({ kind: 'release', holder })
    run.answer()
    run.report('done')
    run.answer()
    assert.deepEqual([run.session().phase, run.told], ['off', whole])
  })

  it('is on if only presence shows it, since reports may be lost', () => {
    const run = opened()
    run.answer()
    run.wait(20, { cameAt: 0, aircraftOnAt: start + 10 * seconds })
    assert.equal(run.session().phase, 'on')
  })

  it('that was on before stays on', () => {
    const run = opened({ wasOn: true }).toOn()
    run.put({ kind: 'release', holder })
    run.answer()
    assert.deepEqual([run.session().phase, run.told], ['off', ['open', 'wake', 'close']])
  })

  it('is switched off when the lease ends, which only its holder can extend', () => {
    const run = opened({ until: start + 60 * seconds }).toOn()
    run.put({ kind: 'renew', holder: 'bob', until: start + 900 * seconds })
    run.put({ kind: 'renew', holder, until: start + 90 * seconds })
    run.wait(60)
    assert.equal(run.session().phase, 'on')
    run.wait(30)
    assert.deepEqual([run.session().phase, run.told.at(-1)], ['sleeping', 'sleep'])
  })

  it('that cannot be switched off does not keep a dock in debug mode', () => {
    const run = opened().toOn()
    run.put({ kind: 'release', holder })
    run.answer()
    run.report('failed', 514_110)
    run.answer()
    assert.deepEqual([run.session().phase, run.session().aircraftLeftOn], ['off', true])
  })
})

describe('a dock', () => {
  it('that refuses gets no more commands: nothing was opened', () => {
    const run = opened()
    run.answer(514_148)
    assert.deepEqual([run.session().phase, run.told], ['off', ['open']])
    assert.deepEqual(run.session().failure, { step: 'open', reason: 'refused', code: 514_148, at: start })
  })

  it('that somebody else has in debug mode is not taken out of it', () => {
    const run = opened()
    run.answer(514_146)
    run.wait(7200)
    assert.deepEqual(run.told, ['open'])
  })

  it('that does not answer is closed, and not opened again', () => {
    const run = opened()
    run.wait(29)
    assert.deepEqual(run.told, ['open'])
    run.wait(1)
    assert.deepEqual([run.told, run.session().failure?.reason], [['open', 'close'], 'noAnswer'])
  })

  it('that accepts open after we gave up is closed', () => {
    const run = opened()
    const late = run.id()
    run.wait(30)
    run.answer(514_153)
    assert.equal(run.session().phase, 'off')
    run.wait(10)
    run.put({ kind: 'reply', commandId: late, result: 0, isDone: false, at: start + 5 * seconds })
    assert.equal(run.session().phase, 'off')
    run.put({ kind: 'reply', commandId: late, result: 0, isDone: false, at: start + 35 * seconds })
    assert.deepEqual(run.told, ['open', 'close', 'close'])
  })

  it('that cannot wake its aircraft is closed, and the reason kept', () => {
    const refusing = opened()
    refusing.answer()
    refusing.answer(514_123)
    assert.deepEqual(refusing.told, ['open', 'wake', 'close'])
    assert.equal(refusing.session().failure?.code, 514_123)
    const failing = opened()
    failing.answer()
    failing.answer()
    failing.report('failed', 514_109)
    assert.deepEqual(failing.told, whole.slice(0, 3))
    const slow = opened()
    slow.answer()
    slow.answer()
    slow.wait(179)
    assert.equal(slow.session().phase, 'waking')
    slow.wait(1)
    assert.deepEqual([slow.session().phase, slow.session().failure?.reason], ['sleeping', 'notInTime'])
  })

  it('that is stuck gets a close whenever it comes back for a week, and no longer', () => {
    const run = opened().toOn()
    run.put({ kind: 'close' })
    while (run.session().phase !== 'stuck') run.wait(120)
    const week = 7 * 24 * 3600
    const closes = () => run.told.filter((command) => command === 'close').length
    const before = closes()
    const back = (s: number) => run.wait(s, { cameAt: run.session().since + Number.MAX_SAFE_INTEGER / 4 })
    back(week - 1)
    assert.equal(closes(), before + 1)
    back(1)
    assert.equal(closes(), before + 1)
    assert.equal(run.session().phase, 'stuck')
    run.put({ kind: 'close' })
    assert.equal(closes(), before + 2)
  })

  it('that does not confirm the close gets it again, then is stuck, and gets it when it comes back', () => {
    const run = opened().toOn()
    run.put({ kind: 'close' })
    run.answer()
    run.report('done')
    for (let n = 0; n < 15; n += 1) run.wait(60)
    assert.equal(run.session().phase, 'stuck')
    assert.equal(run.told.filter((command) => command === 'close').length, 15)
    assert.equal(run.wait(3600), undefined)
    run.wait(1, { cameAt: start + 4600 * seconds })
    assert.equal(run.told.filter((command) => command === 'close').length, 16)
    run.answer()
    assert.equal(run.session().phase, 'off')
  })

  it('that reports another mode after the close is closed', () => {
    const run = opened()
    run.wait(30)
    const mode = (name: 'idle' | 'remoteDebugging', at: number) =>
      run.wait(0, { cameAt: 0, mode: { mode: name, at: start + at * seconds } })
    mode('idle', 31)
    mode('remoteDebugging', 60)
    assert.equal(run.session().phase, 'leaving')
    mode('idle', 60)
    assert.equal(run.session().phase, 'off')
  })

  it('that was restarted and is no longer in debug mode is released', () => {
    const run = opened().toOn()
    run.put({ kind: 'release', holder })
    run.answer(514_153)
    run.answer(514_153)
    assert.deepEqual([run.session().phase, run.told], ['off', whole])
  })

  it('gets a command again that it refused only for the moment', () => {
    const run = opened().toOn()
    run.put({ kind: 'release', holder })
    run.answer(514_116)
    run.wait(30)
    assert.deepEqual(run.told.slice(-2), ['sleep', 'sleep'])
  })
})

describe('whatever happens', () => {
  /** Messages of a dock that may be late, doubled, out of order and of other work; people; the clock. */
  const inputs = fc.array(
    fc.oneof(
      fc.record({
        kind: fc.constant('reply' as const),
        back: fc.nat(3),
        result: fc.constantFrom(0, 0, 0, 514_116, 514_146, 514_148, 514_153),
        isDone: fc.boolean(),
      }),
      fc.record({
        kind: fc.constant('progress' as const),
        command: fc.constantFrom('wake' as const, 'sleep' as const, undefined),
        end: fc.constantFrom('done' as const, 'failed' as const, undefined),
      }),
      fc.record({ kind: fc.constant('time' as const), seconds: fc.nat(400) }),
      fc.record({ kind: fc.constantFrom('release' as const, 'close' as const) }),
    ),
    { maxLength: 40 },
  )

  it('a dock that may be open is closed, and the sweep looks after it', () => {
    fc.assert(
      fc.property(inputs, (all) => {
        const run = opened({ until: start + 600 * seconds })
        const everSent: string[] = [run.id()]
        for (const input of all) {
          if (input.kind === 'reply') run.answer(input.result, everSent.at(-1 - input.back) ?? 'another')
          else if (input.kind === 'progress') {
            const { command, end } = input
            run.put({ kind: 'progress', at: start + 1e9, ...(command && { command }), ...(end && { end }) })
          } else if (input.kind === 'time') run.wait(input.seconds)
          else run.put(input.kind === 'close' ? { kind: 'close' } : { kind: 'release', holder })
          if (!everSent.includes(run.id())) everSent.push(run.id())
          if (run.session().phase !== 'off') assert.notEqual(checkAtOf(run.session()), undefined)
        }
        // From here on a dock that is there, and nobody else.
        for (let n = 0; n < 60 && run.session().phase !== 'off'; n += 1) {
          run.wait(60, { cameAt: start + 1e12 + n })
          if (run.session().phase === 'leaving' || run.session().phase === 'stuck') run.answer()
        }
        assert.equal(run.session().phase, 'off')
        const isRefused =
          run.session().failure?.step === 'open' && run.session().failure?.reason === 'refused'
        assert.ok(run.told.includes('close') || isRefused)
      }),
    )
  })

  it('with a dock that is gone it ends in an alarm, within an hour of the lease', () => {
    fc.assert(
      fc.property(fc.constantFrom('opening', 'waking', 'on', 'sleeping', 'leaving'), (phase) => {
        const run = opened({ until: start + 600 * seconds })
        if (phase !== 'opening') run.answer()
        if (phase === 'on' || phase === 'sleeping' || phase === 'leaving') run.toOn()
        if (phase === 'sleeping' || phase === 'leaving') run.put({ kind: 'close' })
        for (let n = 0; n < 70; n += 1) run.wait(60)
        assert.equal(run.session().phase, 'stuck')
      }),
    )
  })

  it('each command has its phase', () => {
    assert.deepEqual(
      Object.values(steps).map(({ command }) => command),
      debugCommands,
    )
  })
})
