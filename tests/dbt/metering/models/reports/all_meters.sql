select {{ dbt_utils.star(from=ref('meters'), except=['city']) }}, 'meters' as origin from {{ ref('meters') }}
union all
select distinct meter, 'readings' as origin from {{ ref('readings_clean') }}
