import * as z from 'zod/mini'
import { none, route } from '../http/route.ts'
import { PageQuery, page } from '../http/shapes.ts'
import { RejectedMessage } from './shapes.ts'

/** Routes of rejected messages. */

export const rejectedRoutes = {
  listRejectedMessages: route({
    method: 'GET',
    path: '/v1/rejected-messages',
    permission: 'read',
    function: 'read-records',
    summary: 'What devices sent that could not be understood, and why',
    params: none,
    query: z.strictObject({
      ...PageQuery,
      source: z.optional(z.string().check(z.minLength(1), z.maxLength(128))),
    }),
    output: page(RejectedMessage),
    success: 200,
  }),
} as const
