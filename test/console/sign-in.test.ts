import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Locator, Page } from 'playwright-core'
import { miss, noBrowser, openPage, press, see, startConsole } from '../support/console.ts'
import { simulatedDock } from '../support/simulated-dock.ts'
import { type Backend, mustOf } from '../support/story.ts'

/** People who sign in to the console, and what each of them may see and do there. */

const skip = noBrowser

const north = '7CTDMNORTH1'
const south = '7CTDMSOUTH1'

const withFleets = async (t: TestContext) => {
  const local = await startConsole(t, { auth: true })
  const token = await local.token({ sub: 'admin', groups: ['admin'] })
  for (const [sn, fleet] of [
    [north, 'north'],
    [south, 'south'],
  ] as const) {
    const { status } = await local.api('PUT', `/v1/docks/${sn}`, { fleet }, { token })
    assert.equal(status, 200)
  }
  return local
}

const hasFocus = async (page: Page, target: Locator): Promise<boolean> =>
  (await target.and(page.locator(':focus')).count()) > 0

/** Presses Tab until this has the focus, as somebody does who has no pointer. */
const tabTo = async (page: Page, target: Locator): Promise<void> => {
  await target.waitFor()
  for (let presses = 0; presses < mostTabs; presses++) {
    if (await hasFocus(page, target)) return
    await page.keyboard.press('Tab')
  }
  assert.fail(`${target} cannot be reached by Tab`)
}
const mostTabs = 60

const signIn = async (page: Page, url: string, person: string): Promise<void> => {
  await page.goto(url)
  await press(page, 'Sign in')
  await page.locator(`button[value="${person}"]`).click()
}

test('logs are signed in for, found, uploaded and downloaded with the keyboard alone', {
  skip,
}, async (t) => {
  const local = await startConsole(t, { auth: true })
  const token = await local.token({ sub: 'forwarder', groups: ['admin', 'ingest'] })
  const api: Backend['api'] = (method, path, body, more) => local.api(method, path, body, { token, ...more })
  const dock = await simulatedDock(t, { ...local, api, must: mustOf(api) })
  const page = await openPage(t)
  const reach = (role: 'button' | 'link' | 'checkbox' | 'textbox', name: string | RegExp, exact = true) =>
    tabTo(page, page.getByRole(role, { name, exact }).first())
  const enter = () => page.keyboard.press('Enter')
  await page.goto(local.url)
  await reach('button', 'Sign in')
  await enter()
  await tabTo(page, page.locator('button[value="admin"]'))
  await enter()
  await reach('link', 'Docks')
  await enter()
  // The navigation is behind; what is looked for is the page's own.
  await see(page, dock.dockSn)
  await reach('button', 'Skip to the page')
  await enter()
  await reach('link', dock.dockSn)
  await enter()
  await see(page, 'The logs of this dock are not known yet')
  await reach('button', 'Refresh list')
  await enter()
  await reach('checkbox', 'Select boot 2 of the dock')
  await page.keyboard.press('Space')
  await reach('button', 'Upload selected')
  await enter()
  const note = page.getByLabel('Note – optional')
  // The first field has the focus.
  await note.and(page.locator(':focus')).waitFor()
  await page.keyboard.type('by hand')
  await enter()
  await reach('button', 'Download Dock')
  const downloading = page.waitForEvent('download')
  await enter()
  assert.equal((await downloading).suggestedFilename().endsWith('.tar'), true)
  assert.equal((await dock.uploads())[0]?.note, 'by hand')
})

test('people who sign in', { skip }, async (t) => {
  const { url, outputs } = await withFleets(t)

  await t.test('somebody signs in, comes back to where they were going, and signs out', async (t) => {
    const page = await openPage(t)
    await signIn(page, `${url}/docks/${north}`, 'operator')
    await page.waitForURL(`${url}/docks/${north}`)
    await see(page, 'Refresh list')
    await page.reload()
    await see(page, 'Refresh list')
    await page.getByRole('button', { name: 'Signed in as operator' }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByRole('button', { name: 'Sign in' }).waitFor()
    await page.goto(`${url}/docks`)
    await page.getByRole('button', { name: 'Sign in' }).waitFor()
  })

  await t.test('signing out revokes the token that renews the others', async (t) => {
    const page = await openPage(t)
    await signIn(page, `${url}/docks`, 'operator')
    await see(page, north)
    const kept = String(await page.evaluate('JSON.stringify({ ...sessionStorage })'))
    const refresh = /\\"refresh_token\\":\\"([^\\]+)/.exec(kept)?.[1] ?? ''
    const renew = () =>
      fetch(`${url}/oauth2/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'refresh_token',
          client_id: String(outputs.ConsoleClientId),
          refresh_token: refresh,
        }),
      })
    assert.equal((await renew()).status, 200)
    await page.getByRole('button', { name: 'Signed in as operator' }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByRole('button', { name: 'Sign in' }).waitFor()
    assert.deepEqual([(await renew()).status], [400])
  })

  await t.test('a viewer of a fleet sees that fleet alone, and nothing to press', async (t) => {
    const page = await openPage(t)
    await signIn(page, `${url}/docks`, 'viewer-north')
    await see(page, 'Fleet north')
    await see(page, north)
    assert.equal(await page.getByText(south).count(), 0)
    assert.equal(await page.getByRole('button', { name: 'Register a dock' }).count(), 0)
    await page.getByRole('link', { name: north }).click()
    await see(page, 'Somebody who may operate docks must refresh the list first.')
    assert.equal(await page.getByRole('button', { name: /Refresh list|Upload selected/ }).count(), 0)
    await page.goto(`${url}/docks/${south}`)
    await see(page, 'There is no such dock')
  })

  await t.test(
    'buttons that are forced upon a viewer are refused by the API, and the page says so',
    async (t) => {
      const page = await openPage(t)
      await signIn(page, `${url}/docks/${north}`, 'operator-north')
      await see(page, 'Refresh list')
      // What somebody gets who tampers with the page: the button, without the right.
      const viewer = await page.context().browser()?.newContext()
      assert(viewer)
      const other = await viewer.newPage()
      await signIn(other, `${url}/docks`, 'viewer-north')
      await see(other, north)
      const tokens: unknown = await other.evaluate('JSON.stringify({ ...sessionStorage })')
      const access = /\\"access_token\\":\\"([^\\]+)/.exec(String(tokens))?.[1]
      assert(access)
      await page.route('**/log-listings', (route) =>
        route.continue({ headers: { ...route.request().headers(), authorization: `Bearer ${access}` } }),
      )
      await press(page, 'Refresh list')
      await see(page, 'You may not do this')
      await see(page, 'Ask an administrator for the permission')
    },
  )

  await t.test('a session that the API no longer takes leads to the sign-in', async (t) => {
    const page = await openPage(t)
    await signIn(page, `${url}/docks`, 'viewer')
    await see(page, south)
    await page.route('**/v1/docks**', (route) =>
      route.fulfill({ status: 401, json: { message: 'Unauthorized' } }),
    )
    await press(page, 'Refresh')
    await see(page, 'The session has ended.')
    await miss(page, south)
  })

  await t.test(
    'nothing that opens anything is in the address, the page or what outlives the tab',
    async (t) => {
      const page = await openPage(t)
      await signIn(page, `${url}/docks`, 'operator')
      await see(page, north)
      assert.equal(new URL(page.url()).search, '')
      assert.doesNotMatch(await page.content(), /eyJ[\w-]+\.eyJ/)
      assert.doesNotMatch(String(await page.evaluate('JSON.stringify({ ...localStorage })')), /eyJ/)
    },
  )

  await t.test(
    'an administrator of a fleet changes its docks, and is told who registers new ones',
    async (t) => {
      const page = await openPage(t)
      await signIn(page, `${url}/docks`, 'admin-north')
      await see(page, 'An administrator of all fleets registers docks.')
      assert.equal(await page.getByRole('button', { name: 'Register a dock' }).count(), 0)
      await page.getByRole('link', { name: north }).click()
      await press(page, 'Change')
      await page.getByLabel('Name – optional').fill('Roof')
      assert.equal(await page.getByLabel(/^Fleet/).count(), 0)
      await press(page, 'Save')
      await page.getByRole('heading', { name: 'Roof' }).waitFor()
      await see(page, 'fleet north')
      await page.reload()
      await page.getByRole('heading', { name: 'Roof' }).waitFor()
    },
  )
})
