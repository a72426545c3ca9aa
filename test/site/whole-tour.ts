import { after, before, suite, test } from 'node:test'
import { beginTour, sectionsOf, type Tour, typeSection } from './typed.ts'

/** `npm run test:tour`: all of docs/tour.md, typed into `bash`, or into `GROUNDCREW_TOUR_SHELL`. */
suite('The tour', () => {
  let tour: Tour
  before(async () => {
    tour = await beginTour()
  })
  after(() => tour?.end())

  for (const section of sectionsOf('docs/tour.md')) test(section.title, () => typeSection(tour, section))
})
