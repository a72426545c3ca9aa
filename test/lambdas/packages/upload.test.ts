import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it, type TestContext } from 'node:test'
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import * as z from 'zod'
import { provedOf } from '../../../lambdas/packages/package.ts'
import { callerWith } from '../../support/campaigns.ts'
import {
  announced,
  noFiles,
  openPackageStorage,
  packageBucket,
  wirePackages,
} from '../../support/packages.ts'
import { openTable } from '../../support/table.ts'

const Link = z.object({ url: z.string(), headers: z.record(z.string(), z.string()) })
const Parts = z.object({ parts: z.array(Link.extend({ number: z.number() })), partSize: z.number() })
type Link = z.infer<typeof Link>

const mebibyte = 1024 ** 2
const partSize = 5 * mebibyte
const small = Buffer.from('the firmware')

/** What storage says to an upload: `200`, or its status and code. */
const send = async (
  { url, headers }: Link,
  body: Uint8Array<ArrayBuffer>,
  method = 'PUT',
): Promise<string> => {
  const answer = await fetch(url, { method, headers, ...(method === 'PUT' ? { body } : {}) })
  const code = /<Code>(\w+)<\/Code>/.exec(await answer.text())?.[1]
  return code ? `${answer.status} ${code}` : String(answer.status)
}
const other = (size: number) => Buffer.alloc(size, 'x')

describe('the file of a package', () => {
  const world = openTable()
  let packages = 0

  const start = async (t: TestContext, options: { versioned?: boolean } = {}) => {
    const storage = await openPackageStorage(t, options)
    const use = wirePackages(world.table, storage.files)
    const id = `package-${++packages}`
    const params = { id }
    assert.equal((await use.put(id)).status, 200)
    const ask = (bytes: Uint8Array, more: object = {}) =>
      use.call('uploadPackage', { params, body: { fileName: 'fw-2.0.bin', ...announced(bytes), ...more } })
    return {
      ...storage,
      use,
      id,
      params,
      ask,
      link: async (bytes: Uint8Array, more: object = {}) => {
        const answer = await ask(bytes, more)
        assert.equal(answer.status, 200, answer.text)
        return Link.parse(answer.body)
      },
      parts: async (bytes: Uint8Array) => {
        const pieces = Array.from({ length: Math.ceil(bytes.length / partSize) }, (_, n) =>
          Buffer.from(bytes.subarray(n * partSize, (n + 1) * partSize)),
        )
        const answer = await ask(bytes, { parts: pieces.map((one) => announced(one).sha256), partSize })
        assert.equal(answer.status, 200, answer.text)
        const { parts } = Parts.parse(answer.body)
        return parts.map((link, n) => ({ ...link, bytes: pieces[n] ?? Buffer.alloc(0) }))
      },
      complete: () => use.call('completePackageUpload', { params }),
      state: async () => {
        const { file } = await use.look(id)
        return [file?.state, file?.fault].filter(Boolean).join(' ')
      },
      /** Puts something past all links, as whoever owns the bucket can. */
      overwrite: async (body: Uint8Array) => {
        const key = (await use.packages.get(id))?.file?.key
        await storage.world.reader.send(new PutObjectCommand({ Bucket: packageBucket, Key: key, Body: body }))
      },
    }
  }

  it('is proved at once where it came in one request', async (t) => {
    const { use, id, link, complete, state } = await start(t)
    const target = await link(small)
    assert.equal(await state(), 'awaited')
    assert.equal(await send(target, small), '200')
    assert.equal((await complete()).status, 200)
    assert.equal(await state(), 'proved')
    const known = await use.packages.get(id)
    assert.ok(provedOf(known)?.file.version)
    assert.match(
      known?.file?.key ?? '',
      /^groundcrew\/upgrade-packages\/package-\d+\/[0-9a-f-]{36}\/fw-2\.0\.bin$/,
    )
    assert.equal((await complete()).status, 200)
  })

  it('is read and proved where it came in parts', async (t) => {
    const bytes = randomBytes(2 * partSize + 7)
    const { use, parts, complete, state } = await start(t)
    const [first, ...rest] = await parts(bytes)
    assert.ok(first && rest.length === 2)
    for (const part of rest) assert.equal(await send(part, part.bytes), '200')
    const early = await complete()
    assert.equal(early.problem.name, 'package-not-uploaded')
    assert.match(early.text, /These parts are missing: 1\./)

    // Links that ran out: asked again they are new, and what has come stays.
    const [again] = await parts(bytes)
    assert.ok(again)
    assert.equal(await send(again, first.bytes), '200')
    assert.equal((await complete()).status, 200)
    assert.equal(await state(), 'arrived')
    assert.equal((await complete()).status, 200)
    await use.prove()
    assert.equal(await state(), 'proved')
    await use.prove()
    assert.equal(await state(), 'proved')
  })

  it('is refused by storage if it is not the announced one', async (t) => {
    const { link, parts, complete, state } = await start(t)
    const target = await link(small)
    assert.equal(await send(target, other(small.length)), '400 BadDigest')
    assert.equal(await send(target, other(small.length + 1)), '403 SignatureDoesNotMatch')
    assert.equal(await send(target, small, 'GET'), '403 SignatureDoesNotMatch')
    const { 'x-amz-checksum-sha256': _sum, ...without } = target.headers
    assert.equal(await send({ ...target, headers: without }, small), '403 SignatureDoesNotMatch')
    const lied = { ...target.headers, 'x-amz-checksum-sha256': Buffer.alloc(32).toString('base64') }
    assert.equal(await send({ ...target, headers: lied }, small), '403 SignatureDoesNotMatch')
    const [part] = await parts(small)
    assert.ok(part)
    assert.equal(await send(part, other(small.length)), '400 BadDigest')
    const nothing = await complete()
    assert.equal(nothing.problem.name, 'package-not-uploaded')
    assert.equal(await state(), 'awaited')
  })

  for (const [fault, body] of [
    ['size', other(small.length + 1)],
    ['sha256', other(small.length)],
  ] as const)
    it(`is refused where it was altered before it was proved, ${fault}`, async (t) => {
      const { link, complete, state, overwrite, use } = await start(t)
      assert.equal(await send(await link(small), small), '200')
      await overwrite(body)
      await complete()
      await use.prove()
      assert.equal(await state(), `refused ${fault}`)
    })

  it('is refused if the announced MD5 is not that of the bytes', async (t) => {
    const { ask, complete, state, overwrite, use } = await start(t)
    await ask(small, { md5: announced(other(1)).md5 })
    await overwrite(small)
    await complete()
    assert.equal(await state(), 'arrived')
    await use.prove()
    assert.equal(await state(), 'refused md5')
  })

  it('is refused if it is gone before it was read, and may be uploaded again', async (t) => {
    const { world: storage, ask, link, complete, state, overwrite, use, id } = await start(t)
    await ask(small, { md5: announced(other(1)).md5 })
    await overwrite(small)
    await complete()
    const Key = (await use.packages.get(id))?.file?.key
    await storage.reader.send(new DeleteObjectCommand({ Bucket: packageBucket, Key }))
    await use.prove()
    assert.equal(await state(), 'refused missing')
    assert.equal(await send(await link(small), small), '200')
    await complete()
    assert.equal(await state(), 'proved')
  })

  it('is looked for when its link has expired, even if nobody reported it complete', async (t) => {
    const { link, state, use } = await start(t)
    const target = await link(small)
    await use.prove()
    assert.equal(await state(), 'awaited')
    assert.equal(await send(target, small), '200')
    use.clock.now += 3_600_000
    await use.prove()
    assert.equal(await state(), 'proved')
  })

  it('is read again after storage did not answer', async (t) => {
    const { ask, complete, state, overwrite, use, files, id } = await start(t)
    await ask(small, { md5: announced(other(1)).md5 })
    await overwrite(small)
    await complete()
    const broken = wirePackages(
      world.table,
      { ...files, open: () => Promise.reject(new Error('no answer')) },
      use.clock,
    )
    await broken.prove()
    assert.equal(await state(), 'arrived')
    const due = (await use.packages.get(id))?.checkAt ?? 0
    assert.ok(due <= use.clock.now + 60_000)
    use.clock.now = due
    await use.prove()
    assert.equal(await state(), 'refused md5')
  })

  it('is fixed once it was proved, with all settings of the package', async (t) => {
    const { link, ask, complete, use, id } = await start(t)
    await send(await link(small), small)
    await complete()
    assert.equal((await ask(other(9))).problem.name, 'package-fixed')
    assert.equal((await ask(small)).problem.name, 'package-fixed')
    assert.equal((await use.put(id, { offer: 'v1' })).problem.name, 'package-fixed')
    assert.equal((await use.put(id, { version: '2.1' })).problem.name, 'package-fixed')
    assert.equal((await use.put(id)).status, 200)
  })

  it('that is gone after it was proved can be uploaded again, but no other', async (t) => {
    const { link, ask, complete, state, use, id } = await start(t)
    await send(await link(small), small)
    await complete()
    const known = provedOf(await use.packages.get(id))
    assert.ok(known)
    await use.packages.settleFile(id, { ...known.file, state: 'refused', fault: 'altered' }, 'proved')
    assert.equal((await ask(other(9))).problem.name, 'package-fixed')
    assert.equal((await use.put(id, { version: '2.1' })).problem.name, 'package-fixed')
    assert.equal(await send(await link(small), small), '200')
    await complete()
    assert.equal(await state(), 'proved')
  })

  it('goes with its package, which is not deleted while somebody may need it', async (t) => {
    const { link, ask, complete, use, id, params, files } = await start(t)
    await send(await link(small), small)
    await complete()
    const until = use.clock.now + 60_000
    for (let n = 0; n < 12; n++)
      await use.packages.use(id, { deviceId: 'd', attemptId: `a${n}` }, use.clock.now, until)
    await use.packages.use(id, { campaignId: 'spring' }, use.clock.now, until)
    const refused = await use.call('deletePackage', { params })
    assert.equal(refused.problem.name, 'package-in-use')
    const { hrefs } = z.object({ hrefs: z.array(z.string()) }).parse(refused.body)
    assert.equal(hrefs.length, 10)
    assert.ok(hrefs.includes('/v1/devices/d/upgrade-attempts/a0'))
    const { file } = (await use.packages.get(id)) ?? {}
    assert.ok(file && (await files.find(file.key)))

    use.clock.now = until + 1_000
    for (let n = 0; n < 2; n++) assert.equal((await use.call('deletePackage', { params })).status, 204)
    assert.equal(await files.find(file.key), undefined)
    assert.equal(await files.find(file.key, file.version), undefined)
    assert.ok((await use.look(id)).deleted)
    assert.equal((await use.put(id)).problem.name, 'package-deleted')
    assert.equal((await ask(small)).problem.name, 'package-deleted')
    assert.equal((await complete()).problem.name, 'package-deleted')
  })

  it('leaves nothing of an upload in parts that its package no longer needs', async (t) => {
    const { parts, use, params, files, id } = await start(t)
    await parts(randomBytes(partSize + 1))
    const { file } = (await use.packages.get(id)) ?? {}
    assert.ok(file?.multipart)
    const uploading = { key: file.key, uploadId: file.multipart.id }
    assert.deepEqual(await files.parts(uploading), [])
    assert.equal((await use.call('deletePackage', { params })).status, 204)
    assert.equal(await files.parts(uploading), undefined)
  })

  it('leaves nothing of an upload in parts that began in the moment in which its package was changed', async (t) => {
    const { use, params, files, id } = await start(t)
    const begun: { key: string; uploadId: string }[] = []
    const begin = async (key: string) => {
      const uploadId = await files.begin(key)
      begun.push({ key, uploadId })
      assert.equal((await use.put(id, { name: 'Summer' })).status, 200)
      return uploadId
    }
    const overtaken = wirePackages(world.table, { ...files, begin })
    const body = { fileName: 'fw.bin', ...announced(small), parts: [announced(small).sha256], partSize }
    const answer = await overtaken.call('uploadPackage', { params, body })
    assert.equal(answer.problem.name, 'try-again')
    const [uploading] = begun
    assert.ok(uploading)
    assert.equal(await files.parts(uploading), undefined)
  })

  it('is announced in a form that storage and devices accept', async (t) => {
    const { ask } = await start(t)
    const sum = announced(small).sha256
    const wrong: [object, string][] = [
      [{ fileName: '../fw.bin' }, 'fileName'],
      [{ fileName: 'a b.bin' }, 'fileName'],
      [{ fileName: '' }, 'fileName'],
      [{ size: 0 }, 'size'],
      [{ size: 5 * 1024 ** 3 + 1 }, 'size'],
      [{ sha256: 'zz' }, 'sha256'],
      [{ md5: sum }, 'md5'],
      [{ parts: [] }, 'parts'],
      [{ parts: [sum, sum] }, 'parts'],
      [{ partSize }, 'partSize'],
      [{ parts: [sum], partSize: partSize - 1 }, 'partSize'],
    ]
    for (const [more, path] of wrong) {
      const { problem } = await ask(small, more)
      assert.equal(problem.name, 'invalid-request', path)
      assert.deepEqual([...new Set(problem.errors?.map((one) => one.path.split('[')[0]))], [path])
    }
  })

  it('is asked of packages that there are, by those who may change them', async (t) => {
    const { use, ask } = await start(t)
    assert.equal((await ask(small, {})).status, 200)
    const body = { fileName: 'a', ...announced(small) }
    const none = await use.call('uploadPackage', { params: { id: 'none' }, body })
    assert.equal(none.problem.name, 'unknown-package')
    const claims = callerWith('operate@north')
    const shared = await use.call('uploadPackage', { params: { id: `package-${packages}` }, body, claims })
    assert.equal(shared.problem.name, 'not-permitted')
    assert.equal((await use.put('of-nobody', {}, claims)).problem.name, 'not-permitted')
    assert.equal((await use.put('of-south', { fleet: 'south' })).status, 200)
    assert.equal((await use.put('of-south', { fleet: 'north' }, claims)).problem.name, 'not-permitted')
  })
})

describe('a package', () => {
  it('cannot be one that could never be given to any device', async (t) => {
    const world = openTable()
    const use = wirePackages(world.table, (await openPackageStorage(t)).files)
    const wrong: [object, string][] = [
      [{ version: '2.0', from: ['1.0', '2.0'] }, 'from'],
      [{ from: [] }, 'from'],
      [{ from: ['1.0', '1.0'] }, 'from'],
      [{ models: ['A', 'A'] }, 'models'],
      [{ version: ' 2.0' }, 'version'],
      [{ package: 'map' }, 'package'],
      [{ machines: 'trains' }, 'machines'],
      [{ customInfo: 'x'.repeat(4097) }, 'customInfo'],
    ]
    for (const [settings, path] of wrong) {
      const { problem } = await use.put('p', settings)
      assert.equal(problem.name, 'invalid-request')
      assert.deepEqual(
        problem.errors?.map((one) => one.path),
        [path],
      )
    }
  })

  it('is not of the older offer where there is no download with a token, and never for docks', async () => {
    const world = openTable()
    const clock = { now: Date.now() }
    const without = wirePackages(world.table, noFiles, clock, async () => true, false)
    const refused = await without.put('older', { offer: 'v1' })
    assert.deepEqual([refused.status, refused.problem.name], [409, 'package-downloads-off'])
    assert.match(refused.text, /packageDownloads/)
    assert.equal((await without.put('newer', { offer: 'v2' })).status, 200)
    const use = wirePackages(world.table, noFiles, clock)
    assert.equal((await use.put('older', { offer: 'v1' })).status, 200)
    assert.deepEqual([(await use.look('older')).offer, (await use.look('newer')).offer], ['v1', 'v2'])
    const forDocks = await use.put('for-docks', { offer: 'v1', machines: 'docks' })
    assert.deepEqual([forDocks.status, forDocks.problem.errors?.[0]?.path], [422, 'offer'])
  })
})
