select id, meter, read_at, kwh
from {{ ref('raw_readings') }}
where read_at < cast('{{ var("until") }}' as timestamp)
{%- if is_incremental() %}
    and id > (select coalesce(max(id), 0) from {{ this }})
{%- endif %}
