import * as z from 'zod'
import { Goal } from './goals.ts'

export type Say = (text: string) => void

/** What was measured, as a section of `results.md`, and how it stands to the goals. */
export const Measured = z.object({ text: z.string(), goals: z.array(Goal) })
export type Measured = z.infer<typeof Measured>

/** `before`: a folder of bundles of another time, for those that can compare with it. */
type Measure = (say: Say, before?: string) => Promise<Measured>

/** A part of the measurements. What a quick run leaves out has no `quick`. */
export type Part = { title: string; whole: Measure; quick?: Measure }
