export const StateOrder = {
  STATE_ORDER_UNSPECIFIED: 'STATE_ORDER_UNSPECIFIED',
  STATE_ORDER_SLOWEST: 'STATE_ORDER_SLOWEST',
  STATE_ORDER_NEWEST_FIRST: 'STATE_ORDER_NEWEST_FIRST',
} as const;

export type StateOrder =
  | 'STATE_ORDER_UNSPECIFIED'
  | 0
  | 'STATE_ORDER_SLOWEST'
  | 1
  | 'STATE_ORDER_NEWEST_FIRST'
  | 2

export type StateOrder__Output = typeof StateOrder[keyof typeof StateOrder]
