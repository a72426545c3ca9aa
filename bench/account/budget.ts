import { handedOn, runOf } from '../cost-per-report.ts'
import { prices } from '../prices.ts'

/** What a measurement in an account may cost, and has cost by list prices. */

/** What is paid for one of each, with what it sets off; the write units are those that a report may take at most. */
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
    /** Before each message and request. @throws BudgetSpent where it would go beyond; then it must not be sent. */
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
