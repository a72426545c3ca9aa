import { onQueue } from '../../queue/batch.ts'
import { connectTable } from '../../table/client.ts'
import { takeDockProgress } from '../dock-progress.ts'

/**
 * Records docks' progress reports. Reports that end something come with docks' replies, to
 * `record-replies.ts`.
 */
export const handler = onQueue((env) => takeDockProgress(env, connectTable(env)))
