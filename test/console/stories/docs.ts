import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { noBrowser, openPage, press, see, startConsole } from '../../support/console.ts'

/** The reference of the API. Content security policy and script errors are watched by `openPage`. */
suite('The reference of the API', { skip: noBrowser }, () => {
  test('shows each operation, and what is tried is answered by this very backend', async (t) => {
    const { url, must } = await startConsole(t)
    await must('PUT', '/v1/docks/DOCK1', { name: 'Roof of the depot' })
    const page = await openPage(t)
    const elsewhere: string[] = []
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== url) elsewhere.push(request.url())
    })
    await page.goto(`${url}/docs`)
    await page.locator('#operations-Docks-getDock .opblock-summary-control').click()
    await see(page, 'The serial number of the dock.')
    await press(page, 'Try it out')
    await page.locator('#operations-Docks-getDock input[placeholder="dockSn"]').fill('DOCK1')
    await press(page, 'Execute')
    await see(page, /"name": "Roof of the depot"|Roof of the depot/)
    await page
      .locator('#operations-Docks-getDock .live-responses-table .response-col_status')
      .getByText('200')
      .waitFor()
    assert.deepEqual(elsewhere, [])
  })
})
