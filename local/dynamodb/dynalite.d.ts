/** dynalite 4 ships no types; these are the parts used here. */
declare module 'dynalite' {
  import type { Server } from 'node:http'

  export type DynaliteOptions = {
    /** The LevelDB directory; in memory without one. */
    path?: string
    createTableMs?: number
    deleteTableMs?: number
    updateTableMs?: number
  }

  export default function dynalite(options?: DynaliteOptions): Server
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
