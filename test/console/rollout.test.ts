import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { noBrowser, openPage, press, see, startConsole } from '../support/console.ts'
import { packageStory } from '../support/packages.ts'

/** Whoever brings a new version to devices, by the console alone. */

const skip = noBrowser

const choose = (page: Page, name: string, buffer: Buffer): Promise<void> =>
  page.locator('input[type=file]').setInputFiles({ name, mimeType: 'application/octet-stream', buffer })

test('a package is made, its file uploaded and proved, and it is deleted', { skip }, async (t) => {
  const local = await startConsole(t)
  const page = await openPage(t)
  await page.goto(`${local.url}/packages`)
  await see(page, 'There is no package')
  await press(page, 'Make a package')
  await page.getByLabel('Name', { exact: true }).fill('Spring für Pumpen')
  assert.equal(await page.getByLabel('ID', { exact: true }).inputValue(), 'spring-fur-pumpen')
  await page.getByLabel('Version', { exact: true }).fill('2.0')
  await page.getByLabel('From versions – optional').fill('1.0\n2.0')
  await see(page, 'It cannot be the version that the package brings.')
  await page.getByLabel('From versions – optional').fill('1.0\n1.1')
  await press(page, 'Make the package')
  await see(page, 'Without a file')

  await choose(page, 'no blanks.bin', Buffer.from('firmware'))
  await see(page, 'This file cannot be uploaded')
  await choose(page, 'fw.bin', randomBytes(100_000))
  await see(page, 'Proved')
  await see(page, '100 kB, 100,000 bytes')

  await press(page, 'Delete')
  await press(page, 'Delete for good')
  await see(page, 'This package is deleted')
  assert.ok((await packageStory(local, 'spring-fur-pumpen').look()).deleted)
})
