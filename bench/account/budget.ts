import { handedOn, runOf } from '../cost-per-report.ts'
import { prices } from '../prices.ts'

/** The budget of a measurement in an account, and its cost so far by list prices. */

/** The price of one of each, with what it causes; the write units are the most that a report can take. */
const writesOfStep = 6
const costs = {
  message: prices.iotMessage + 3 * prices.iotRuleTriggered + handedOn(1) + writesOfStep * prices.dynamoWrite,
  request: prices.httpApiRequest + runOf(0.05) + 4 * prices.dynamoRead,
} as const

export class BudgetSpent extends Error {}

export type Budget = ReturnType<typeof createBudget>

export const createBudget = ({ messages, dollars }: { messages: number; dollars: number }) => {
  const spent = { message: 0, request: 0 }
  const soFar = (): number => spent.message * costs.message + spent.request * costs.request
  return {
    /**
     * Call before each message and request. @throws BudgetSpent if it would exceed the budget; then it must
     * not be sent.
     */
    spend: (what: keyof typeof costs, many = 1): void => {
      if (spent.message + spent.request + many > messages)
        throw new BudgetSpent(`the budget of ${messages} messages and requests is spent`)
      if (soFar() + many * costs[what] > dollars)
        throw new BudgetSpent(`the budget of ${dollars} dollars is spent`)
      spent[what] += many
    },
    spent: () => ({ messages: spent.message, requests: spent.request, dollars: soFar() }),
  }
}
