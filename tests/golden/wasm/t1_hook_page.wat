(func $hook_page (param $va i64) (param $page_pa i64) (param $access i64)
  (local $v0 i64)
  (local $v1 i64)
  (local $v2 i64)
  (local $v3 i64)
  (local $v4 i64)
  (local $v5 i64)
  (local $v6 i64)
  (local $v7 i64)
  (local $v8 i64)
  (local $v9 i64)
  (local $v10 i64)
  (local $v11 i64)
  (local $v12 i64)
  local.get $va
  i64.const 0xfffffffffffff000
  i64.and
  local.set $v0
  local.get $page_pa
  i32.const 0
  i64.load offset=28443672
  i64.sub
  local.tee $v1
  i64.const 12
  i64.shr_u
  i64.const 0x7ffff
  i64.and
  local.set $v2
  local.get $access
  i64.eqz
  if
    local.get $v2
    call $slot_of
    local.set $v3
    i32.const 0
    i64.load offset=65720
    local.get $va
    i64.const 12
    i64.shr_u
    i64.const 255
    i64.and
    i64.add
    local.set $v4
    i32.const 0
    i64.load offset=65720
    i64.const 8
    i64.shr_u
    local.tee $v5
    i32.wrap_i64
    i32.const 3
    i32.shl
    i64.load offset=229832
    local.set $v6
    local.get $v5
    i32.wrap_i64
    i32.const 3
    i32.shl
    local.get $v6
    i64.const 1
    i64.add
    i64.store offset=229832
    local.get $v6
    i64.const 64
    i64.lt_u
    if
      local.get $v5
      i64.const 64
      i64.mul
      local.get $v6
      i64.add
      i32.wrap_i64
      i32.const 3
      i32.shl
      local.get $v4
      i64.const 0xfff
      i64.and
      i64.store offset=229960
    end
    local.get $v4
    i32.wrap_i64
    i32.const 3
    i32.shl
    local.get $v0
    i64.store offset=65992
    local.get $v4
    i32.wrap_i64
    i32.const 3
    i32.shl
    local.get $v3
    i64.const 0x8020
    i64.mul
    local.get $v0
    i64.const 3
    i64.shl
    i64.sub
    i64.const 0xffffffff
    i64.and
    i64.store offset=98760
    return
  end
  i32.const 0
  i64.load offset=25586448
  i64.const 0
  i64.ne
  if
    local.get $v0
    call $page_is_watched
    local.tee $v7
    i64.const 1
    i64.eq
    if
      return
    end
  end
  i32.const 0
  i64.load offset=65728
  local.get $va
  i64.const 12
  i64.shr_u
  i64.const 255
  i64.and
  i64.add
  local.set $v8
  i32.const 0
  i64.load offset=65728
  i64.const 8
  i64.shr_u
  local.tee $v9
  i32.wrap_i64
  i32.const 3
  i32.shl
  i64.load offset=238152
  local.set $v10
  local.get $v9
  i32.wrap_i64
  i32.const 3
  i32.shl
  local.get $v10
  i64.const 1
  i64.add
  i64.store offset=238152
  local.get $v10
  i64.const 64
  i64.lt_u
  if
    local.get $v9
    i64.const 64
    i64.mul
    local.get $v10
    i64.add
    i32.wrap_i64
    i32.const 3
    i32.shl
    local.get $v8
    i64.const 0xfff
    i64.and
    i64.store offset=238280
  end
  local.get $v1
  local.get $v0
  i64.sub
  i64.const 0xffffffff
  i64.and
  local.set $v11
  local.get $access
  i64.const 1
  i64.eq
  if
    local.get $v8
    i32.wrap_i64
    i32.const 3
    i32.shl
    i64.load offset=164296
    local.get $v0
    i64.ne
    if
      local.get $v8
      i32.wrap_i64
      i32.const 3
      i32.shl
      i64.const 0xffffffffffffffff
      i64.store offset=164296
    end
    local.get $v8
    i32.wrap_i64
    i32.const 3
    i32.shl
    local.get $v0
    i64.store offset=131528
    local.get $v8
    i32.wrap_i64
    i32.const 3
    i32.shl
    local.get $v11
    i64.store offset=197064
    return
  end
  local.get $v2
  i32.wrap_i64
  i32.const 3
  i32.shl
  i64.load offset=246472
  local.tee $v12
  i64.const 0xffff
  i64.and
  i64.const 0
  i64.ne
  i32.const 0
  i64.load offset=65584
  i32.const 0
  i64.load offset=28443672
  i64.sub
  i64.const 12
  i64.shr_u
  local.get $v2
  i64.eq
  i32.or
  if
    return
  end
  local.get $v8
  i32.wrap_i64
  i32.const 3
  i32.shl
  i64.load offset=131528
  local.get $v0
  i64.ne
  if
    local.get $v8
    i32.wrap_i64
    i32.const 3
    i32.shl
    i64.const 0xffffffffffffffff
    i64.store offset=131528
  end
  local.get $v2
  i32.wrap_i64
  i32.const 3
  i32.shl
  local.get $v12
  i64.const 0x10000
  i64.or
  i64.store offset=246472
  local.get $v8
  i32.wrap_i64
  i32.const 3
  i32.shl
  local.get $v0
  i64.store offset=164296
  local.get $v8
  i32.wrap_i64
  i32.const 3
  i32.shl
  local.get $v11
  i64.store offset=197064)
