/**
 * dynalite 4 ships no types. These are the internal parts used here; its documentation does not promise them,
 * so its version is pinned.
 */
declare module 'dynalite/db/index.js' {
  import type { DynaliteDb } from './dynalite-store.ts'

  const db: DynaliteDb
  export default db
}

declare module 'dynalite/validations/index.js' {
  import type { Validations } from './dynalite-actions.ts'

  const validations: Validations
  export default validations
}

declare module 'dynalite/db/conditionParser.js' {
  import type { ExpressionParser } from './parsed-expressions.ts'

  const parser: ExpressionParser
  export default parser
}

declare module 'dynalite/db/updateParser.js' {
  import type { ExpressionParser } from './parsed-expressions.ts'

  const parser: ExpressionParser
  export default parser
}
