import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import { packageLinks, withPort } from '../../../lambdas/packages/link.ts'
import type { ProvedPackage } from '../../../lambdas/packages/package.ts'
import { announced, openPackageStorage, packageBucket } from '../../support/packages.ts'

const bytes = Buffer.from('the firmware')
const key = 'groundcrew/upgrade-packages/p/u/fw.bin'

/** A package that was proved to be what lies in storage, and what is told of it later. */
const stored = async (t: { after: (end: () => Promise<void>) => void }, versioned: boolean) => {
  const storage = await openPackageStorage(t, { versioned })
  const put = (Body: Buffer) =>
    storage.world.reader.send(new PutObjectCommand({ Bucket: packageBucket, Key: key, Body }))
  await put(bytes)
  const found = await storage.files.find(key)
  assert.ok(found)
  const { version, etag } = found
  const known: ProvedPackage = {
    ...{ id: 'p', name: 'A', version: '2.0', machines: 'devices', package: 'firmware', rev: 1 },
    ...{ createdAt: 0, requestedBy: 'alice' },
    file: {
      name: 'fw.bin',
      ...announced(bytes),
      key,
      etag,
      state: 'proved',
      ...(version ? { version } : {}),
    },
  }
  const told: unknown[] = []
  const settleFile = async (id: string, { state, fault }: { state: string; fault?: string | undefined }) =>
    void told.push({ id, state, fault })
  return { ...storage, known, put, told, link: packageLinks(storage.env, { settleFile }, () => 1_000) }
}

describe('a link to a package', () => {
  it('opens the version that was proved, without a header, and says until when', async (t) => {
    const { known, link, put, told } = await stored(t, true)
    await put(Buffer.from('something else'))
    const given = await link(known, 600)
    assert.ok(given !== 'altered')
    assert.equal(given.expiresAt, 601_000)
    assert.equal(await (await fetch(given.url)).text(), bytes.toString())
    assert.match(given.url, /\/fw\.bin\?/)
    assert.deepEqual(told, [])
  })

  it('is not made where storage keeps no versions and has something else, which is told', async (t) => {
    const { known, link, put, told } = await stored(t, false)
    assert.notEqual(await link(known, 600), 'altered')
    await put(Buffer.from('the malware!'))
    assert.equal(await link(known, 600), 'altered')
    assert.deepEqual(told, [{ id: 'p', state: 'refused', fault: 'altered' }])
  })

  it('nor where there is nothing any more', async (t) => {
    const { known, link, files, told } = await stored(t, false)
    await files.remove(key)
    assert.equal(await link(known, 600), 'altered')
    assert.deepEqual(told, [{ id: 'p', state: 'refused', fault: 'missing' }])
  })

  it('spells out the port that goes with its scheme, and leaves another', () => {
    assert.equal(withPort('https://s3.example/b/k?X=1'), 'https://s3.example:443/b/k?X=1')
    assert.equal(withPort('http://s3.example/b/k?X=1'), 'http://s3.example:80/b/k?X=1')
    assert.equal(withPort('http://127.0.0.1:9000/b/k?to=http://x/'), 'http://127.0.0.1:9000/b/k?to=http://x/')
  })
})
