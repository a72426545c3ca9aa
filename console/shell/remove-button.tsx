import { type QueryKey, useMutation, useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useNavigate } from 'react-router'
import { readAgain } from '../api/read-again.ts'
import { ConfirmedButton } from './confirmed-button.tsx'
import { useNotifications } from './notifications.tsx'

type Props = {
  /** In the middle of a sentence: `dock`. */
  what: string
  label?: 'Remove' | 'Delete'
  remove: () => Promise<void>
  /** The page of those that are left, and its list. */
  to: string
  list: QueryKey
  /** What goes, and what stays. */
  children: ReactNode
}

/** Takes a record out of the lists, after asking, and shows those that are left. */
export const RemoveButton = ({ what, label = 'Remove', remove, to, list, children }: Props) => {
  const { fail, notify } = useNotifications()
  const navigate = useNavigate()
  const queries = useQueryClient()
  const removing = useMutation({
    mutationFn: remove,
    onSuccess: async () => {
      notify({ type: 'success', header: `The ${what} is ${label === 'Remove' ? 'removed' : 'deleted'}` })
      await navigate(to)
      await readAgain(queries, list)
    },
    onError: fail,
  })
  return (
    <ConfirmedButton
      label={label}
      question={`${label} this ${what}?`}
      answer={`${label} it`}
      busy={removing.isPending}
      act={(settled) => removing.mutate(undefined, settled)}
    >
      {children}
    </ConfirmedButton>
  )
}
