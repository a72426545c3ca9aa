import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { type PutOutcome, sendFile, UploadFailed } from '../../console/packages/send-file.ts'
import { partSizeFor, sumsOf } from '../../console/packages/sums.ts'

/** How the console brings a file to storage. */

const hex = (algorithm: 'sha256' | 'md5', bytes: Uint8Array): string =>
  createHash(algorithm).update(bytes).digest('hex')

const calm = new AbortController().signal

test('a file has the sums that others find, whole and in parts, wherever the pieces are cut', async () => {
  const sizes = fc.record({
    size: fc.integer({ min: 1, max: 5_000_000 }),
    parts: fc.integer({ min: 1, max: 9 }),
  })
  await fc.assert(
    fc.asyncProperty(sizes, async ({ size, parts }) => {
      const bytes = randomBytes(size)
      const partSize = Math.ceil(size / parts)
      const told: number[] = []
      const sums = await sumsOf(new Blob([bytes]), (at) => told.push(at), calm, partSize)
      assert.deepEqual(sums, {
        size,
        sha256: hex('sha256', bytes),
        md5: hex('md5', bytes),
        partSize,
        parts: Array.from({ length: Math.ceil(size / partSize) }, (_, n) =>
          hex('sha256', bytes.subarray(n * partSize, (n + 1) * partSize)),
        ),
      })
      assert.equal(told.at(-1), size)
    }),
    { numRuns: 20 },
  )
})

test('a file above 64 MiB goes in parts', () => {
  assert.deepEqual([1, 64 * 1024 ** 2, 64 * 1024 ** 2 + 1].map(partSizeFor), [
    undefined,
    undefined,
    32 * 1024 ** 2,
  ])
})

test('reading stops when it is canceled', async () => {
  const controller = new AbortController()
  const reading = sumsOf(
    new Blob([randomBytes(5_000_000)]),
    () => controller.abort('enough'),
    controller.signal,
  )
  await assert.rejects(reading, (reason) => reason === 'enough')
})

/**
 * Storage whose answers to each part are given, the last of them for ever; `asked` counts how often there were
 * links.
 */
const storage = (parts: number, answers: (place: number) => PutOutcome[]) => {
  const stored = new Map<number, string>()
  const tries = new Map<number, number>()
  let asked = 0
  const links = async () => {
    asked += 1
    const of = asked
    return {
      expiresAt: '',
      partSize: 10,
      parts: Array.from({ length: parts }, (_, n) => ({ number: n + 1, url: `${of} ${n}`, headers: {} })),
    }
  }
  const put = async ({ url }: { url: string }, bytes: Blob, sent: (bytes: number) => void) => {
    const place = Number(url.split(' ')[1])
    const tried = tries.get(place) ?? 0
    tries.set(place, tried + 1)
    sent(bytes.size)
    const given = answers(place)
    const outcome = given[tried] ?? given.at(-1) ?? 'stored'
    if (outcome === 'stored') {
      assert.ok(!stored.has(place), 'a part that is there is not sent again')
      stored.set(place, await bytes.text())
    }
    return outcome
  }
  return { stored, links, put, asked: () => asked }
}

const fileOf = (parts: number) => new Blob(['0123456789'.repeat(parts - 1), 'end'])
const wait = async () => {}

test('every part comes once, whatever breaks on the way, and links that are over are asked for anew', async () => {
  const troubles = fc.array(fc.array(fc.constantFrom('unreachable', 'linkOver'), { maxLength: 4 }), {
    minLength: 2,
    maxLength: 8,
  })
  await fc.assert(
    fc.asyncProperty(troubles, async (broken) => {
      const { stored, links, put, asked } = storage(broken.length, (place) => [
        ...(broken[place] ?? []),
        'stored',
      ])
      const told: number[] = []
      const file = fileOf(broken.length)
      await sendFile(file, { links, put, wait, progress: (bytes) => told.push(bytes), signal: calm })
      const text = [...stored].sort(([one], [other]) => one - other).map(([, part]) => part)
      assert.equal(text.join(''), await file.text())
      assert.equal(told.at(-1), file.size)
      assert.ok(Math.max(...told) <= file.size)
      const isOver = broken.flat().includes('linkOver')
      assert.equal(asked() > 1, isOver)
    }),
  )
})

test('what storage refuses is not sent again, and what it never answers is given up', async () => {
  for (const [outcome, why] of [
    ['refused', 'refused'],
    ['unreachable', 'unreachable'],
    ['linkOver', 'refused'],
  ] as const) {
    const { links, put } = storage(3, () => [outcome])
    await assert.rejects(
      sendFile(fileOf(3), { links, put, wait, progress: () => {}, signal: calm }),
      (error) => error instanceof UploadFailed && error.why === why,
    )
  }
})
