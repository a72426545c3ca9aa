import assert from 'node:assert/strict'
import { StorageCheck } from '../../lambdas/storage/check/shapes.ts'
import type { Backend } from './story.ts'

/** What a check must find: the step that fails, why, and what of it is shown. */
export type Wanted = { step: string; cause: string; detail?: RegExp }

/** The answer to a check, as an operator who may do everything. */
export const checkOf = async ({ must }: Pick<Backend, 'must'>) =>
  StorageCheck.parse(await must('POST', '/v1/storage/check', {}))

/**
 * One step fails of this cause; before it all pass, and after it all are skipped, but that what was stored is
 * removed.
 */
export const assertCheck = async (
  backend: Pick<Backend, 'must'>,
  { step, cause, detail = /^/ }: Wanted,
): Promise<void> => {
  const { ok, steps } = await checkOf(backend)
  const shown = JSON.stringify(steps, null, 1)
  assert.equal(ok, false, shown)
  const at = steps.findIndex(({ outcome }) => outcome === 'failed')
  assert.deepEqual([steps[at]?.step, steps[at]?.cause], [step, cause], shown)
  assert.match(steps[at]?.detail ?? '', detail)
  assert((steps[at]?.advice ?? '').length > 20, 'it says what to change')
  const others = steps.slice(at + 1)
  for (const other of others)
    assert(other.outcome === 'skipped' || (other.step === 'remove' && other.outcome === 'passed'), shown)
  for (const other of others.filter(({ outcome }) => outcome === 'skipped'))
    assert.equal(other.detail, `${step} failed`)
}
