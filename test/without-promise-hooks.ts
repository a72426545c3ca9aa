import hooks from 'node:async_hooks'

/**
 * Loaded by `test/run.ts` into every process of a test run (`node --import`). The test runner follows every promise with async hooks, to say of
 * an error that nobody caught which test it was of: a fifth of the CPU of tests that wait for much. Here it follows tests alone; such an
 * error still fails its file. Where this is not how the runner does it any more, nothing is changed.
 */
const { createHook } = hooks
const isRunner = (): boolean => new Error().stack?.includes('node:internal/test_runner/') ?? false

hooks.createHook = (callbacks) => {
  const { init } = callbacks
  if (!init || !isRunner()) return createHook(callbacks)
  hooks.createHook = createHook
  return createHook({
    init: (id, type, ...rest) => {
      if (type === 'Test') init(id, type, ...rest)
    },
  })
}
