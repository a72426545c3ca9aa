import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { assertPrinted, beginTour, sectionsOf, type Tour, typeSection } from './typed.ts'

/**
 * The first minutes, typed as the pages have them. `npm run test:tour` types the whole tour, which takes as
 * long as it does for a person.
 */
const [first, ...steps] = sectionsOf('docs/tour.md')
const short = steps.filter(({ title }) => Number.parseInt(title, 10) <= 5)

suite('Typed, these pages say what is printed', () => {
  let tour: Tour
  before(async () => {
    tour = await beginTour()
  })
  after(() => tour?.end())

  for (const section of sectionsOf('README.md').filter(({ blocks }) => blocks.length > 0))
    test(`the README: ${section.title}`, () => typeSection(tour, section))
  for (const section of first ? [first, ...short] : [])
    test(`the tour: ${section.title}`, () => typeSection(tour, section))
})

test('A page that says something else than what is printed is found', () => {
  const once = { commands: 'curl x', output: 'verified 1735168 bytes at 08:14:50\n' }
  assertPrinted(once, 'verified 2022400 bytes at 09:00:00\n')
  for (const printed of [
    '',
    'failed 1735168 bytes at 08:14:50\n',
    'verified 1735168 bytes at 08:14:50\nmore\n',
  ])
    assert.throws(() => assertPrinted(once, printed), printed)
  const loop = { commands: 'for n in 1 2; do x; done', output: 'asked\nat work\ndone 5/5\n' }
  assertPrinted(loop, 'asked\nin between\ndone 5/5\n')
  for (const printed of ['asked\nat work\n', 'asked\nat work\ndone 4/5\n', 'done 5/5\n'])
    assert.throws(() => assertPrinted(loop, printed), printed)
})
