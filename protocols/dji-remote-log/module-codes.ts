/** The vendor's codes for modules: whose logs they are. */
import { bare } from '../json.ts'
import { type Module, modules } from './facts.ts'

/** Sent as strings, as in all of the vendor's examples, although its tables say `enum_int`. */
export const moduleCodes: Readonly<Record<Module, string>> = { aircraft: '0', dock: '3' }

/** The module with a code, given as string or number; undefined if it is neither of the two. */
export const moduleOf = (code: unknown): Module | undefined => {
  const text = typeof code === 'number' ? String(code) : bare(code)
  return modules.find((module) => moduleCodes[module] === text)
}
