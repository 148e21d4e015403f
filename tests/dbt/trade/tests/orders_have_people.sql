{{ config(severity='warn') }}
select o.id
from {{ ref('stg_orders') }} as o
left join {{ ref('stg_people') }} as p on p.customer = o.customer
where p.customer is null
