(func $pmp_check (export "pmp_check") (param $first i64) (param $last i64) (param $access i64) (param $mode i64) (result i64)
  (local $t1 i64)
  (local $v0 i64)
  (local $v1 i64)
  (local $v2 i64)
  (local $v3 i64)
  (local $v4 i64)
  i64.const 0
  local.set $t1
  block
    loop
      local.get $t1
      local.set $v0
      i32.const 0
      i64.load offset=1000
      local.get $v0
      i64.le_u
      if
        br 2
      end
      local.get $v0
      i64.const 15
      i64.and
      local.tee $v1
      i32.wrap_i64
      i32.const 3
      i32.shl
      i64.load offset=744
      local.set $v2
      local.get $v1
      i32.wrap_i64
      i32.const 3
      i32.shl
      i64.load offset=872
      local.set $v3
      local.get $v2
      local.get $v3
      i64.le_u
      local.get $v2
      local.get $last
      i64.le_u
      i32.and
      local.get $first
      local.get $v3
      i64.le_u
      i32.and
      if
        local.get $first
        local.get $v2
        i64.lt_u
        local.get $v3
        local.get $last
        i64.lt_u
        i32.or
        if
          i64.const 2
          return
        end
        local.get $v1
        i32.wrap_i64
        i32.const 3
        i32.shl
        i64.load offset=488
        local.set $v4
        local.get $mode
        i64.const 3
        i64.eq
        local.get $v4
        i64.const 128
        i64.and
        i64.eqz
        i32.and
        if
          i64.const 1
          return
        end
        local.get $v4
        i64.const 4
        i64.const 1
        i64.const 2
        local.get $access
        i64.const 1
        i64.eq
        select
        local.get $access
        i64.eqz
        select
        i64.and
        i64.const 0
        i64.ne
        i64.extend_i32_u
        return
      end
      local.get $v0
      i64.const 1
      i64.add
      i64.const 31
      i64.and
      local.set $t1
      br 0
    end
  end
  local.get $mode
  i64.const 3
  i64.eq
  i64.extend_i32_u)
