import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noBrowser, openPage, openPageApart, press, see, startConsole } from '../../support/console.ts'
import { simulatedDock } from '../../support/simulated-dock.ts'

/** What an open page asks of the backend, and when it asks nothing. */

const skip = noBrowser

const isOfList = /\/(docks|log-uploads|alarms)\?/

test('a page on which nothing moves asks for its lists alone, and seldom, however long it is open', {
  skip,
}, async (t) => {
  const local = await startConsole(t)
  const dock = await simulatedDock(t, local)
  await dock.list()
  const done = await dock.start()
  await dock.uploadUntil(done.id, 'verified')
  const page = await openPageApart(t)
  await page.clock.install()
  for (const path of [
    '/docks',
    `/docks/${dock.dockSn}`,
    `/docks/${dock.dockSn}/uploads/${done.id}`,
    '/uploads',
  ]) {
    await page.goto(`${local.url}${path}`)
    await see(page, dock.dockSn)
    // What came or went a moment ago is looked at until it has stood for a while.
    await page.clock.runFor('10:30')
    await page.waitForLoadState('networkidle')
    const asked: string[] = []
    const note = (request: { url: () => string }) => asked.push(request.url())
    page.on('request', note)
    const hasLists = !path.endsWith(done.id)
    // The page's clock is ahead of what the browser tells of requests.
    const heard = hasLists && page.waitForRequest((request) => isOfList.test(request.url()))
    await page.clock.runFor('10:00')
    await heard
    page.off('request', note)
    const lists = asked.filter((one) => isOfList.test(one))
    assert.deepEqual(asked.length - lists.length, 0, `${path}: ${asked}`)
    const [most] = [...Map.groupBy(lists, (one) => one).values()]
      .map(({ length }) => length)
      .toSorted()
      .toReversed()
    assert.ok((most ?? 0) <= 5, `${path}: ${lists}`)
    assert.equal(most !== undefined, hasLists, path)
  }
})

test('a list comes page by page, however long it is', { skip }, async (t) => {
  const local = await startConsole(t)
  const sns = Array.from({ length: 60 }, (_, n) => `7CTDMLIST${String(n).padStart(3, '0')}`)
  for (const sn of sns) await local.must('PUT', `/v1/docks/${sn}`, {})
  const page = await openPage(t)
  const limits: (string | null)[] = []
  page.on('request', (request) => {
    const { pathname, searchParams } = new URL(request.url())
    if (pathname === '/v1/docks') limits.push(searchParams.get('limit'))
  })
  await page.goto(`${local.url}/docks`)
  await see(page, sns[0] ?? '')
  assert.equal(await page.getByText(sns[25] ?? '').count(), 0)
  await press(page, 'Next page')
  await see(page, sns[25] ?? '')
  await press(page, 'Next page')
  await see(page, sns[59] ?? '')
  await press(page, 'Previous page')
  await see(page, sns[25] ?? '')
  assert.deepEqual(new Set(limits), new Set(['25']))
})
