select country, amount, orders from {{ ref('revenue') }}
