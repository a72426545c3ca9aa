import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createClock } from '../../../local/clock.ts'
import { asyncInvoker } from '../../../local/functions/async-invocation.ts'
import { FunctionError } from '../../../local/functions/function-error.ts'
import { createFunction } from '../../../local/functions/function-host.ts'
import { openInvocationStore } from '../../../local/functions/invocation-store.ts'

/** A function whose bundle is the given source. */
const host = async (
  t: TestContext,
  source: string,
  options: { timeoutSeconds?: number; memoryMb?: number; followClock?: boolean; initMs?: number } = {},
) => {
  const directory = await mkdtemp(join(tmpdir(), 'function-'))
  await writeFile(join(directory, 'index.mjs'), source)
  const lines: string[] = []
  const clock = createClock()
  const fn = createFunction(
    {
      name: 'probe',
      arn: 'arn:aws:lambda:eu-central-1:000000000000:function:probe',
      directory,
      handler: 'index.handler',
      timeoutSeconds: options.timeoutSeconds ?? 10,
      memoryMb: options.memoryMb ?? 512,
      environment: { TABLE_NAME: 'records' },
    },
    {
      clock,
      followClock: options.followClock ?? false,
      ...(options.initMs === undefined ? {} : { initMs: options.initMs }),
      variables: () => ({ AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'ASIAPROBE' }),
      log: (name, line) => lines.push(`${name} ${line}`),
    },
  )
  t.after(async () => {
    await fn.stop()
    await rm(directory, { recursive: true, force: true })
  })
  return { fn, lines, clock }
}

const failure = (pattern: RegExp) => (error: unknown) => {
  assert(error instanceof FunctionError)
  assert.match(`${error.errorType} ${error.message}`, pattern)
  return true
}

test('a function gets the event and a context, and nothing of the parent process environment', async (t) => {
  process.env.PARENT_SECRET = 'not for functions'
  t.after(() => delete process.env.PARENT_SECRET)
  const { fn } = await host(
    t,
    `export const handler = async (event, context) => ({ event, env: process.env, context, left: context.getRemainingTimeInMillis() })`,
  )
  const answer = await fn.invoke({ hello: 'world' }, 'request-1')
  assert.partialDeepStrictEqual(answer, {
    event: { hello: 'world' },
    env: {
      TABLE_NAME: 'records',
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'ASIAPROBE',
      AWS_LAMBDA_FUNCTION_NAME: 'probe',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
    },
    context: { awsRequestId: 'request-1', functionName: 'probe', memoryLimitInMB: '512' },
  })
  assert.equal(JSON.stringify(answer).includes('PARENT_SECRET'), false)
  assert.equal(JSON.stringify(answer).includes('"PATH"'), false)
})

test('a function that returns nothing answers null', async (t) => {
  const { fn } = await host(t, 'export const handler = async () => {}')
  assert.equal(await fn.invoke({}), null)
})

test('a payload of more than 6 MB is refused, as an event and as an answer', async (t) => {
  const { fn } = await host(t, 'export const handler = async ({ size }) => "x".repeat(size)')
  const most = 6 * 1024 * 1024 + 100
  assert.equal(String(await fn.invoke({ size: most - 2 })).length, most - 2)
  await assert.rejects(
    fn.invoke({ size: most - 1 }),
    failure(/^Function\.ResponseSizeTooLarge Response payload/),
  )
  await assert.rejects(fn.invoke({ text: 'x'.repeat(most) }), failure(/^RequestTooLargeException /))
  assert.equal(await fn.invoke({ size: 1 }), 'x')
})

test('an environment handles one invocation at a time and is used again', async (t) => {
  const { fn } = await host(
    t,
    `let now = 0, most = 0, handled = 0
     export const handler = async () => {
       most = Math.max(most, ++now); handled++
       await new Promise((resolve) => setImmediate(resolve))
       now--
       return { most, handled }
     }`,
  )
  const answers = await Promise.all(Array.from({ length: 40 }, () => fn.invoke({})))
  assert(answers.every((answer) => JSON.stringify(answer).includes('"most":1')))
  assert(answers.some((answer) => !JSON.stringify(answer).includes('"handled":1}')))
})

test('an error of the handler is reported with its type and trace, and the environment lives on', async (t) => {
  const { fn, lines } = await host(
    t,
    `let calls = 0
     export const handler = async (event) => { calls++; if (event.fail) throw new TypeError('no such dock'); return calls }`,
  )
  await assert.rejects(fn.invoke({ fail: true }), failure(/^TypeError no such dock$/))
  assert.equal(await fn.invoke({}), 2)
  assert.match(lines.join('\n'), /probe TypeError: no such dock/)
})

test('the timeout of the template ends the thread; the next invocation gets a fresh one', async (t) => {
  const { fn } = await host(
    t,
    `let calls = 0
     export const handler = (event) => { calls++; return event.hang ? new Promise(() => setInterval(() => {}, 1000)) : calls }`,
    { timeoutSeconds: 0.05 },
  )
  await fn.warm()
  await assert.rejects(fn.invoke({ hang: true }), failure(/Task timed out after 0\.05 seconds/))
  const { fn: patient } = await host(t, 'export const handler = () => 1')
  assert.equal(await patient.invoke({}), 1)
})

test('a busy loop is ended too', async (t) => {
  const { fn } = await host(t, 'export const handler = () => { for (;;); }', { timeoutSeconds: 0.05 })
  await assert.rejects(fn.invoke({}), failure(/Task timed out/))
})

test('a crash fails its own invocation only', async (t) => {
  const { fn } = await host(
    t,
    `export const handler = async (event) => { if (event.crash) process.exit(3); return 'fine' }`,
  )
  const [crashed, fine] = await Promise.allSettled([fn.invoke({ crash: true }), fn.invoke({})])
  assert.equal(crashed.status, 'rejected')
  assert.deepEqual(fine, { status: 'fulfilled', value: 'fine' })
  assert.equal(await fn.invoke({}), 'fine')
})

test('a function that takes more memory than it has is ended, and its next invocation is not', async (t) => {
  const { fn } = await host(
    t,
    `export const handler = async ({ all }) => {
      const kept = []
      for (let n = 0; n < (all ? 1_000 : 1); n++) kept.push(new Array(131_072).fill(n))
      return kept.length
    }`,
    { memoryMb: 64 },
  )
  await assert.rejects(fn.invoke({ all: true }), failure(/^Runtime\.ExitError .*signal: killed/))
  assert.equal(await fn.invoke({}), 1)
})

test('an environment that crashed between two invocations is not used again', async (t) => {
  const { fn, lines } = await host(
    t,
    `export const handler = async (event) => { if (event.crash) setImmediate(() => process.exit(3)); return 'fine' }`,
  )
  const crashed = fn.invoke({ crash: true })
  assert.equal(await crashed, 'fine')
  while (lines.length === 0) await new Promise((resolve) => setImmediate(resolve))
  assert.equal(await fn.invoke({}), 'fine')
  assert.deepEqual(lines, ['probe Error: Runtime exited with error: exit status 3'])
})

test('a bundle that takes too long to load is loaded again, in the time of the invocation', async (t) => {
  const { fn } = await host(t, `export const handler = async () => 'loaded'`, { initMs: 1 })
  assert.equal(await fn.invoke({}), 'loaded')
})

test('a bundle that never loads times out, and leaves no thread behind', async (t) => {
  const source = `await new Promise(() => setInterval(() => {}, 60_000))\nexport const handler = async () => 1`
  const { fn } = await host(t, source, { initMs: 1, timeoutSeconds: 1 })
  await fn.warm()
  await assert.rejects(fn.invoke({}), failure(/^Sandbox.Timedout .* Task timed out after 1\.00 seconds$/))
})

test('a bundle that cannot load fails its invocations by name', async (t) => {
  const { fn } = await host(t, `throw new Error('Missing environment variables: TABLE_NAME')`)
  await assert.rejects(fn.invoke({}), failure(/Missing environment variables: TABLE_NAME/))
})

test('what a function writes reaches the log line by line', async (t) => {
  const { fn, lines } = await host(
    t,
    `export const handler = async () => { console.log('one'); console.error('two\\nthree') }`,
  )
  await fn.invoke({})
  await fn.stop()
  assert.deepEqual(lines.toSorted(), ['probe one', 'probe three', 'probe two'])
})

test('a function sees the time that a test moved to', async (t) => {
  const { fn, clock } = await host(
    t,
    `export const handler = async () => [Date.now(), new Date().getTime(), new Date(0).getTime(), new Date() instanceof Date]`,
    { followClock: true },
  )
  clock.advance(3_600_000)
  const before = clock.now()
  const answer = await fn.invoke({})
  assert(Array.isArray(answer))
  const [now, date, zero, isDate] = answer
  assert(now >= before && now < before + 60_000)
  assert(date >= now)
  assert.deepEqual([zero, isDate], [0, true])
})

test('an asynchronous invocation is tried three times, then its failure is handed on', async (t) => {
  const { fn, clock } = await host(t, `export const handler = async () => { throw new Error('down') }`)
  const given = Promise.withResolvers<unknown>()
  let attempts = 0
  const invoke: typeof fn.invoke = (...event) => {
    attempts += 1
    return fn.invoke(...event)
  }
  const { start } = asyncInvoker({ ...fn, invoke }, given.resolve, { clock, store: openInvocationStore() })
  await start({ tick: 1 })
  clock.advance(60_000)
  await fn.rest()
  clock.advance(120_000)
  assert.deepEqual(await given.promise, { tick: 1 })
  assert.equal(attempts, 3)
})

test('what was accepted outlives the process, and a start that a kill broke off is no attempt', async (t) => {
  const { fn, clock } = await host(
    t,
    `export const handler = async (event) => { if (event.hang) await new Promise(() => {}); throw new Error('down') }`,
  )
  const directory = await mkdtemp(join(tmpdir(), 'invocations-'))
  t.after(() => rm(directory, { recursive: true }))
  const path = join(directory, 'invocations.sqlite')
  const letters: unknown[] = []
  const open = (to: typeof fn) => {
    const store = openInvocationStore(path)
    return { store, ...asyncInvoker(to, (event) => letters.push(event), { clock, store }) }
  }
  const hung = Promise.withResolvers<never>()
  const first = open({ ...fn, invoke: () => hung.promise })
  void first.start({ now: true })
  void first.start({ later: true }, 60_000)
  first.stop()
  first.store.close()

  const second = open(fn)
  t.after(second.store.close)
  second.resume()
  for (let minute = 0; minute < 5; minute += 1) {
    await fn.rest()
    clock.advance(60_000)
  }
  await fn.rest()
  assert.deepEqual([letters, second.store.all('probe')], [[{ now: true }, { later: true }], []])
})

test('a start that finds no free copy is tried again until it is too old, and that is no attempt', async (t) => {
  const { fn, clock } = await host(t, 'export const handler = async () => {}')
  const store = openInvocationStore()
  t.after(store.close)
  const letters: unknown[] = []
  let times = 0
  const busy = async () => {
    times += 1
    throw new FunctionError('TooManyRequestsException', 'no copy of it is free')
  }
  const { start } = asyncInvoker({ ...fn, invoke: busy }, (event) => letters.push(event), { clock, store })
  await start({ tick: 1 })
  let minutes = 0
  for (; letters.length === 0; minutes += 5) {
    clock.advance(300_000)
    await new Promise(setImmediate)
  }
  assert(times > 3 && minutes > 5 * 60 && minutes <= 6 * 60, `${times} times in ${minutes} minutes`)
  assert.deepEqual(letters, [{ tick: 1 }])
})

test('invocations that only wait hold up no other, as little as on AWS', async (t) => {
  const { fn } = await host(
    t,
    `export const handler = async ({ holds }) => {
      if (!holds) return 'done'
      const channel = new BroadcastChannel('held')
      await new Promise((resolve) => { channel.onmessage = resolve })
      channel.close()
      return 'held'
    }`,
    { timeoutSeconds: 60 },
  )
  const held = Array.from({ length: 9 }, () => fn.invoke({ holds: true }))
  assert.equal(await fn.invoke({}), 'done')
  const channel = new BroadcastChannel('held')
  // Some may only now begin to wait.
  const release = setInterval(() => channel.postMessage('go'), 20)
  t.after(() => {
    clearInterval(release)
    channel.close()
  })
  assert.deepEqual(await Promise.all(held), Array(9).fill('held'))
})
