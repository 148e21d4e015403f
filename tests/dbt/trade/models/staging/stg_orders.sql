select id, customer, amount, state from {{ source('web', 'orders') }} where amount >= {{ var('minimum_amount') }}
