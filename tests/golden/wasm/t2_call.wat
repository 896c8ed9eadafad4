(module
(import "env" "memory" (memory 1))
(func $region (export "region") (param $pc i64) (param $left i32) (param $table i32) (param $label i32) (result i64 i32 i32)
  (local $site i32)
  (local $how i32)
  (local $base i64)
  (local $i32_0 i32)
  (local $i32_1 i32)
  (local $i64_0 i64)
  (local $i64_1 i64)
  (local $i64_2 i64)
  (local $i64_3 i64)
  (local $i64_4 i64)
  (local $i64_5 i64)
  (local $ra i64)
  (local $a0 i64)
  (local $a1 i64)
  local.get $pc
  i64.const -4096
  i64.and
  local.set $base
  i32.const 0
  i64.load offset=28442632
  local.set $ra
  i32.const 0
  i64.load offset=28442704
  local.set $a0
  i32.const 0
  i64.load offset=28442712
  local.set $a1
  block
    block
      block
        block
          block
            loop
              block
                block
                  block
                    block
                      local.get $label
                      br_table 3 1 2 0
                    end
                    local.get $pc
                    local.get $base
                    i64.sub
                    local.tee $pc
                    i64.const 0
                    i64.eq
                    br_if 2
                    local.get $pc
                    i64.const 4
                    i64.eq
                    br_if 0
                    local.get $pc
                    i64.const 12
                    i64.eq
                    br_if 1
                    local.get $pc
                    i32.wrap_i64
                    local.set $site
                    br 4
                  end
                  local.get $left
                  i32.const 1
                  i32.lt_s
                  (@metadata.code.branch_hint "\00") if
                    i32.const 4
                    local.set $site
                    br 5
                  end
                  local.get $left
                  i32.const -1
                  i32.add
                  local.set $left
                  local.get $a0
                  local.get $a1
                  i64.eq
                  br_if 1
                  i32.const 8
                  local.set $site
                  br 3
                end
                local.get $left
                i32.const 1
                i32.lt_s
                (@metadata.code.branch_hint "\00") if
                  i32.const 12
                  local.set $site
                  br 4
                end
                local.get $left
                i32.const -1
                i32.add
                local.set $left
                br 0
              end
              local.get $left
              i32.const 3
              i32.lt_s
              (@metadata.code.branch_hint "\00") if
                i32.const 0
                local.set $site
                br 3
              end
              local.get $left
              i32.const -1
              i32.add
              local.set $left
              local.get $base
              i64.const 4
              i64.add
              local.set $ra
              local.get $left
              i32.const -2
              i32.add
              local.set $left
              local.get $a0
              i64.const 1
              i64.shl
              local.set $a0
              local.get $ra
              i64.const 0xfffffffffffffffe
              i64.and
              local.tee $i64_0
              local.set $pc
              i32.const -1
              local.set $label
              local.get $pc
              local.get $base
              i64.sub
              i64.const 0x1000
              i64.lt_u
              br_if 0
              br 5
            end
          end
          local.get $base
          local.get $site
          i64.extend_i32_s
          i64.add
          local.set $pc
          br 3
        end
        local.get $base
        local.get $site
        i64.extend_i32_s
        i64.add
        local.set $pc
        i32.const 2
        i32.const 0
        local.get $left
        select
        local.set $how
        br 2
      end
      local.get $left
      local.get $site
      i32.const 16
      i32.shr_u
      i32.add
      i32.const 1
      i32.add
      local.set $left
      local.get $base
      local.get $site
      i32.const 0x1fff
      i32.and
      i64.extend_i32_u
      i64.add
      local.set $pc
      i32.const 2
      local.set $how
      br 1
    end
    local.get $left
    local.get $site
    i32.const 16
    i32.shr_u
    i32.add
    local.set $left
    local.get $how
    i32.const 1
    i32.and
    if
      i32.const 1
      local.set $how
    else
      i32.const 3
      local.set $how
      local.get $base
      local.get $site
      i32.const 13
      i32.shr_u
      i32.const 7
      i32.and
      i64.extend_i32_u
      i64.add
      local.set $base
    end
    local.get $base
    local.get $site
    i32.const 0x1fff
    i32.and
    i64.extend_i32_u
    i64.add
    local.set $pc
  end
  i32.const 0
  local.get $ra
  i64.store offset=28442632
  i32.const 0
  local.get $a0
  i64.store offset=28442704
  local.get $pc
  local.get $left
  local.get $how))
