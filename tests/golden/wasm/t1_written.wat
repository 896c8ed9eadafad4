(func $written (param $pa i64) (param $size i64) (param $value i64)
  (local $v0 i64)
  (local $v1 i64)
  (local $v2 i64)
  (local $v3 i64)
  (local $v4 i64)
  (local $v5 i64)
  (local $v6 i64)
  (local $t1 i64)
  (local $v7 i64)
  local.get $pa
  i32.const 0
  i64.load offset=28443672
  i64.sub
  local.tee $v0
  i64.const 12
  i64.shr_u
  i64.const 0x7ffff
  i64.and
  local.tee $v1
  i32.wrap_i64
  i32.const 3
  i32.shl
  i64.load offset=246472
  local.set $v2
  local.get $v1
  i32.wrap_i64
  i32.const 3
  i32.shl
  local.get $v2
  i64.const 0x10000
  i64.or
  i64.store offset=246472
  local.get $pa
  i64.const 0xfffffffffffffff8
  i64.and
  i32.const 0
  i64.load offset=65584
  i64.eq
  local.get $value
  i64.const 0
  i64.ne
  i32.and
  if
    i32.const 0
    i64.const 1
    i64.store offset=65632
    i32.const 0
    i32.const 0
    i64.load offset=65656
    i64.const 2
    i64.or
    i64.store offset=65656
  end
  local.get $v2
  i64.const 0xffff
  i64.and
  i64.eqz
  if
    return
  end
  local.get $v0
  i64.const 0xfff
  i64.and
  i64.const 1
  i64.shr_u
  local.set $v3
  local.get $v0
  i64.const 0xfff
  i64.and
  local.get $size
  i64.add
  i64.const 1
  i64.sub
  i64.const 1
  i64.shr_u
  local.set $v4
  local.get $v2
  i64.const 0xffff
  i64.and
  local.tee $v5
  i32.wrap_i64
  i32.const 3
  i32.shl
  i64.load offset=25567992
  i64.const 1
  i64.eq
  if
    local.get $v5
    local.get $v3
    local.get $v4
    call $is_covered
    local.tee $v6
    i64.const 1
    i64.eq
    if
      local.get $v5
      i64.const 1
      call $drop_region
    end
  end
  i64.const 0
  local.get $v3
  i64.const 1
  i64.sub
  local.get $v3
  i64.eqz
  select
  local.set $t1
  block
    loop
      local.get $v5
      i64.const 0x1004
      i64.mul
      local.get $t1
      i64.const 2
      i64.mul
      i64.add
      local.tee $v7
      i32.wrap_i64
      i32.const 3
      i32.shl
      i64.load offset=4444880
      i64.const 0xffff
      i64.and
      i64.const 5
      i64.ne
      if
        local.get $v7
        i32.wrap_i64
        i32.const 3
        i32.shl
        i64.const 0
        i64.store offset=4444880
        local.get $v5
        local.get $t1
        call $forget_heat
      end
      local.get $t1
      i64.const 1
      i64.add
      local.set $t1
      local.get $v4
      local.get $t1
      i64.lt_u
      if
        return
      end
      br 0
    end
  end)
