import { onQueue } from '../../queue/batch.ts'
import { connectTable } from '../../table/client.ts'
import { takeDockProgress } from '../dock-progress.ts'

/** What docks report on the way; what ends something comes with their answers. */
export const handler = onQueue((env) => takeDockProgress(env, connectTable(env)))
