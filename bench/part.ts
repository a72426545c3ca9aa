import * as z from 'zod'
import { Goal } from './goals.ts'

export type Say = (text: string) => void

/** A measurement, as a section of `results.md`, with its goals. */
export const Measured = z.object({ text: z.string(), goals: z.array(Goal) })
export type Measured = z.infer<typeof Measured>

/** `before`: a folder with another version's bundles, for parts that can compare with it. */
type Measure = (say: Say, before?: string) => Promise<Measured>

/** A part of the measurements. A quick run skips parts without `quick`. */
export type Part = { title: string; whole: Measure; quick?: Measure }
