import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { test } from 'node:test'
import * as z from 'zod'
import { createClock } from '../../local/clock.ts'
import { packageStory, upload } from '../support/packages.ts'
import { problemOf } from '../support/problem.ts'
import { onlyLocal, orDeployed, shareLocal } from '../support/story.ts'

const clock = createClock()
const shared = shareLocal({ clock })

const settings = { name: 'Spring', version: '2.0', package: 'firmware', from: ['1.0'] }
const partSize = 5 * 1024 ** 2

test('a package is uploaded with nothing but its links, proved and deleted', async (t) => {
  const backend = await orDeployed(shared)(t)
  const bytes = randomBytes(1000)

  await t.test('in one request', async () => {
    const one = packageStory(backend, `one-${randomUUID()}`)
    await one.put(settings)
    assert.equal(problemOf(await one.complete()), '409 package-not-uploaded')
    const [link] = await one.links(bytes)
    assert.ok(link)
    assert.equal(await upload(link, randomBytes(1000)), '400 BadDigest')
    assert.equal(problemOf(await one.complete()), '409 package-not-uploaded')
    assert.equal(await upload(link, bytes), '200')
    assert.equal((await one.complete()).status, 200)
    assert.equal((await one.look()).file?.state, 'proved')
    assert.equal((await one.remove()).status, 204)
    assert.ok((await one.look()).deleted)
  })

  await t.test('in parts, which are read before they count', async () => {
    const large = packageStory(backend, `large-${randomUUID()}`)
    await large.put(settings)
    const links = await large.links(randomBytes(partSize + 1000), partSize)
    assert.equal(links.length, 2)
    for (const link of links) assert.equal(await upload(link, link.bytes), '200')
    assert.equal((await large.complete()).status, 200)
    assert.equal((await large.look()).file?.state, 'arrived')
    await backend.tick()
    await large.until('proved')
    assert.equal((await large.remove()).status, 204)
  })

  await t.test('or is given up before it has come', async () => {
    const given = packageStory(backend, `given-up-${randomUUID()}`)
    await given.put(settings)
    const [link] = await given.links(randomBytes(partSize + 1000), partSize)
    assert.ok(link)
    assert.equal((await given.remove()).status, 204)
    assert.equal(await upload(link, link.bytes), '404 NoSuchUpload')
  })
})

test('a package is looked for when its links have run out', { skip: onlyLocal }, async (t) => {
  const backend = await shared(t)
  const [come, none] = ['come', 'none'].map((id) => packageStory(backend, id))
  assert.ok(come && none)
  for (const one of [come, none]) {
    await one.put(settings)
    const [link] = await one.links(Buffer.from('firmware'))
    assert.ok(link)
    if (one === come) assert.equal(await upload(link, link.bytes), '200')
  }
  clock.advance(3_600_000)
  await backend.tick()
  await come.until('proved')
  assert.equal((await none.look()).file?.state, 'awaited')
})

test('a package is in use until what was given it has ended', { skip: onlyLocal }, async (t) => {
  const backend = await shared(t)
  const proved = async (id: string) => {
    const story = packageStory(backend, id)
    await story.put({ ...settings, from: undefined })
    const [link] = await story.links(Buffer.from('firmware'))
    assert.ok(link)
    await upload(link, link.bytes)
    await story.complete()
    return story
  }

  await t.test('an attempt', async () => {
    const given = await proved('by-attempt')
    const path = '/v1/devices/device-1/upgrade-attempts'
    const { id } = Opened.parse(await backend.must('POST', path, { packageId: given.id }))
    const refused = await given.remove()
    assert.equal(problemOf(refused), '409 package-in-use')
    assert.deepEqual(Users.parse(refused.body).hrefs, [`${path}/${id}`])
    await backend.must('POST', `${path}/${id}/close`)
    assert.equal((await given.remove()).status, 204)
  })

  await t.test('a campaign, once nothing is left to do in it', async () => {
    const given = await proved('by-campaign')
    const path = '/v1/campaigns/spring'
    await backend.must('PUT', path, { name: 'Spring', packageId: given.id })
    await backend.must('POST', `${path}/devices`, { deviceIds: ['device-2'] })
    await backend.must('POST', `${path}/start`)
    assert.deepEqual(Users.parse((await given.remove()).body).hrefs, [path])
    await backend.must('POST', `${path}/abort`)
    assert.equal(problemOf(await given.remove()), '409 package-in-use')
    await backend.until(
      async () => {
        clock.advance(60_000)
        await backend.tick()
        return given.remove()
      },
      ({ status }) => status === 204,
    )
  })
})

const Opened = z.object({ id: z.string() })
const Users = z.object({ hrefs: z.array(z.string()) })
