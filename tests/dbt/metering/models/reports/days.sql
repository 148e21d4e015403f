select cast(date_day as date) as day
from ({{ dbt_utils.date_spine('day', "cast('2026-03-01' as date)", "cast('" ~ var('until') ~ "' as date)") }}) as spine
